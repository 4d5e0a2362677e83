import type { Video, VideoPage, VideosFailure } from '@reelay/contracts/videos'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aForm, fixture, sha256Of } from '../support/pictures.ts'
import { buildTestApp, noVideoId, type TestApp, type TestUser } from '../support/test-app.ts'

let api: TestApp
let user: TestUser
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.stop())
beforeEach(async () => {
  user = await api.aUser()
})

const source = { status: 'COMPLETED', model: 'sora-2', size: '1280x720', seconds: '8' } as const

describe('a video', () => {
  test('that is asked for is 200 while it waits, and says when to look again', async () => {
    const answer = await user.post('/v1/videos', { prompt: 'a cat', model: 'sora-2', seconds: 4 })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['openai-poll-after-ms']).toBe('5000')
    const video = answer.json<Video>()
    expect(video).toEqual({
      id: expect.stringMatching(/^video_/),
      object: 'video',
      model: 'sora-2',
      status: 'queued',
      progress: 0,
      created_at: expect.any(Number),
      completed_at: null,
      expires_at: null,
      prompt: 'a cat',
      size: '',
      seconds: '4',
      remixed_from_video_id: null,
      error: null,
    })
    expect((await user.get(`/v1/videos/${video.id}`)).json<Video>()).toMatchObject({ id: video.id })
    expect((await user.get(`/api/video/tasks/${video.id}`)).json().data).toMatchObject({ seconds: '4' })
  })

  test('that is finished says until when upstream has it', async () => {
    const { videoId, completedAt } = await api.aTask(user, source)
    const answer = await user.get(`/v1/videos/${videoId}`)
    const completed = Math.floor(Number(completedAt) / 1000)
    expect(answer.json()).toMatchObject({ completed_at: completed, expires_at: completed + 3600 })
    expect(answer.headers['openai-poll-after-ms']).toBeUndefined()
  })

  test('that failed or was cancelled says why', async () => {
    const { videoId } = await api.aTask(user, { status: 'FAILED' })
    const failed = (await user.get(`/v1/videos/${videoId}`)).json<Video>()
    expect(failed.error).toEqual({ code: expect.any(String), message: expect.any(String) })
    const { videoId: other } = await api.aTask(user)
    await user.post(`/api/video/tasks/${other}/cancel`, {})
    const cancelled = (await user.get(`/v1/videos/${other}`)).json<Video>()
    expect(cancelled).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
  })

  test('of somebody else is not there', async () => {
    const { videoId } = await api.aTask(await api.aUser(), source)
    for (const path of [videoId, `${videoId}/content`])
      expectFailure(await user.get(`/v1/videos/${path}`), 404, 'task_not_found')
    expectFailure(await user.post(`/v1/videos/${videoId}/remix`, { prompt: 'x' }), 404, 'source_not_found')
  })
})

describe('a form of SDKs', () => {
  test('may have a picture as a file', async () => {
    const picture = fixture('rgb8.png')
    const answer = await postForm(
      { name: 'prompt', value: 'a cat' },
      { name: 'input_reference', value: picture, file: 'a.png', type: 'image/png' },
    )
    const { id } = answer.json<Video>()
    expect((await api.row(id)).metadata).toMatchObject({ input_reference: { sha256: sha256Of(picture) } })
  })

  test('may have a picture as a data URL, and metadata by their names', async () => {
    const picture = fixture('rgb8.png')
    const url = `data:image/png;base64,${picture.toString('base64')}`
    const answer = await postForm(
      { name: 'prompt', value: 'a cat' },
      { name: 'input_reference[image_url]', value: url },
      { name: 'metadata[scene]', value: '3' },
    )
    const { id } = answer.json<Video>()
    expect((await api.row(id)).metadata).toMatchObject({
      scene: '3',
      input_reference: { sha256: sha256Of(picture) },
    })
  })

  test('may have what is nested as a part of JSON', async () => {
    const picture = fixture('rgb8.png')
    const image_url = `data:image/png;base64,${picture.toString('base64')}`
    const type = 'application/json'
    const answer = await postForm(
      { name: 'prompt', value: 'a cat' },
      { name: 'input_reference', value: JSON.stringify({ image_url }), type },
      { name: 'metadata', value: '{"scene":3}', type },
    )
    const { id } = answer.json<Video>()
    expect((await api.row(id)).metadata).toMatchObject({
      scene: 3,
      input_reference: { sha256: sha256Of(picture) },
    })
    const { videoId } = await api.aTask(user, source)
    const { payload, headers } = aForm(
      { name: 'prompt', value: 'at night' },
      { name: 'video', value: JSON.stringify({ id: videoId }), type },
    )
    const edited = await user.post('/v1/videos/edits', payload, headers)
    expect(edited.json<Video>().remixed_from_video_id).toBe(videoId)
  })

  test.each([
    ['twice the same field', ['prompt', 'prompt'], 'prompt'],
    ['twice the same nested field', ['prompt', 'metadata[a]', 'metadata[a]'], 'metadata[a]'],
    ['a field and a field in it', ['prompt', 'metadata', 'metadata[a]'], 'metadata[a]'],
    ['an unknown one', ['prompt', 'seed'], 'seed'],
    ['an uploaded file by its id', ['prompt', 'input_reference[file_id]'], 'input_reference.image_url'],
    ['a prototype', ['prompt', '__proto__'], 'body'],
    ['a nested prototype', ['prompt', 'metadata[__proto__]'], 'body'],
    ['fields of a prototype', ['prompt', '__proto__[a]'], 'body'],
  ])('with %s is refused by name', async (_, names, param) => {
    const before = await api.counts()
    const answer = await postForm(...names.map((name) => ({ name, value: 'x' })))
    expectFailure(answer, 400, 'invalid_request', param)
    expect(await api.counts()).toEqual(before)
  })

  const postForm = (...parts: Parameters<typeof aForm>) => {
    const { payload, headers } = aForm(...parts)
    return user.post('/v1/videos', payload, headers)
  }
})

test('a picture within JSON may be longer than all else', async () => {
  const picture = fixture('rgb8.png')
  const url = `data:image/png;base64,${picture.toString('base64')}`
  const long = url + ' '.repeat(600_000)
  const answer = await user.post('/v1/videos', { prompt: 'a cat', input_reference: { image_url: url } })
  expect(answer.statusCode).toBe(200)
  const padded = await user.post('/v1/videos', { prompt: 'a cat', input_reference: { image_url: long } })
  expectFailure(padded, 400, 'invalid_request', 'input_reference')
  expectFailure(await user.post('/v1/videos', { prompt: long }), 413, 'payload_too_large')
})

test('a re-send of an SDK is the same video', async () => {
  const { videoId } = await api.aTask(user, { ...source, metadata: {} })
  const send = (count: number, prompt = 'at night') =>
    user.post(`/v1/videos/${videoId}/remix`, { prompt }, { 'x-stainless-retry-count': String(count) })
  const first = (await send(0)).json<Video>()
  expect(first.remixed_from_video_id).toBe(videoId)
  expect((await send(1)).json<Video>().id).toBe(first.id)
  expect((await send(1, 'by day')).json<Video>().id).not.toBe(first.id)
})

test('a list goes from page to page in both directions', async () => {
  const made: string[] = []
  for (let n = 0; n < 5; n += 1) made.push((await api.aTask(user)).videoId)
  for (const order of ['asc', 'desc']) {
    const seen: string[] = []
    let after = ''
    for (let more = true; more; ) {
      const page = (await user.get(`/v1/videos?limit=2&order=${order}${after}`)).json<VideoPage>()
      expect(page).toMatchObject({ first_id: page.data[0]?.id, last_id: page.data.at(-1)?.id })
      seen.push(...page.data.map(({ id }) => id))
      after = `&after=${page.last_id}`
      more = page.has_more
    }
    expect(seen).toEqual(order === 'asc' ? made : made.toReversed())
  }
  expect((await user.get('/v1/videos?limit=0')).json()).toMatchObject({
    data: [],
    last_id: null,
    has_more: true,
  })
  expectFailure(await user.get(`/v1/videos?after=${noVideoId()}`), 404, 'task_not_found')
  expectFailure(await user.get('/v1/videos?limit=101'), 400, 'invalid_request', 'limit')
  expectFailure(await user.get('/v1/videos?order=up'), 400, 'invalid_request', 'order')
})

test('what is deleted is gone, and stays a place in a list', async () => {
  const made: string[] = []
  for (let n = 0; n < 3; n += 1) made.push((await api.aTask(user, source)).videoId)
  const [first, second, third] = made
  const remove = () => user.delete(`/v1/videos/${second}`)
  expect((await remove()).json()).toEqual({ id: second, object: 'video.deleted', deleted: true })
  expectFailure(await remove(), 404, 'task_not_found')
  expectFailure(await user.get(`/v1/videos/${second}`), 404, 'task_not_found')
  const rest = (await user.get(`/v1/videos?after=${second}`)).json<VideoPage>()
  expect(rest.data.map(({ id }) => id)).toEqual([first])
  expect((await user.get('/v1/videos')).json<VideoPage>().data.map(({ id }) => id)).toEqual([third, first])
  const { videoId } = await api.aTask(user)
  expectFailure(await user.delete(`/v1/videos/${videoId}`), 400, 'not_deletable')
})

describe('failures', () => {
  test('tell SDKs whether to send again', async () => {
    const { videoId } = await api.aTask(user)
    const notReady = await user.get(`/v1/videos/${videoId}/content`)
    expectFailure(notReady, 404, 'not_completed', null, true)
    const unfinished = await user.post(`/v1/videos/${videoId}/remix`, { prompt: 'x' })
    expectFailure(unfinished, 400, 'source_not_completed', null, true)
    expectFailure(await user.get('/v1/videos/x'), 404, 'task_not_found')
    expectFailure(await user.post('/v1/videos/characters', { name: 'x' }), 404, 'not_found')
    expectFailure(await user.get('/v1/nothing'), 404, 'not_found')
    expectFailure(await user.get('/v1/videos/%zz'), 400, 'invalid_request', 'path')
    expectFailure(
      await user.get(`/v1/videos/${videoId}/content?variant=spritesheet`),
      400,
      'invalid_request',
      'variant',
    )
  })

  test('need no header to be read', async () => {
    const answer = await api.app.inject({ url: '/v1/videos' })
    expectFailure(answer, 401, 'unauthorized')
    expect(answer.json<VideosFailure>().error.type).toBe('authentication_error')
  })

  test('are English, and name the field', async () => {
    const answer = await user.post('/v1/videos', { prompt: 7 }, { 'accept-language': 'zh' })
    expectFailure(answer, 400, 'invalid_request', 'prompt')
    expect(answer.json<VideosFailure>().error.message).toBe('The request is not valid: prompt must be text')
  })
})

type Answer = Awaited<ReturnType<TestUser['get']>>

function expectFailure(
  answer: Answer,
  status: number,
  code: string,
  param: string | null = null,
  isWorthARetry = false,
): void {
  const { error } = answer.json<VideosFailure>()
  expect({ status: answer.statusCode, ...error }).toMatchObject({ status, code, param })
  expect(error.message).not.toBe('')
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  expect(answer.headers['x-should-retry']).toBe(isWorthARetry ? undefined : 'false')
}

import type { Video, VideosFailure } from '@reelay/contracts/videos'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { aFile, aForm, fixture, type Part, traces } from '../support/pictures.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

let api: TestApp
let user: TestUser
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.stop())
beforeEach(async () => {
  user = await api.aUser()
})

const prompt: Part = { name: 'prompt', value: 'without the string' }
const seconds: Part = { name: 'seconds', value: '4' }
const clip = aFile(fixture('moov-first.mp4'), { name: 'video', file: 'kite.mp4', type: 'video/mp4' })
const kinds = [
  { path: 'edits', type: 'edit', parts: [prompt] },
  { path: 'extensions', type: 'extension', parts: [prompt, seconds] },
]

test.each(kinds)(
  '$path are made of a video by its id, in a form and in JSON',
  async ({ path, type, parts }) => {
    const { videoId } = await aSource()
    const inForm = await postForm(path, ...parts, { name: 'video[id]', value: videoId })
    const asked = Object.fromEntries(parts.map(({ name, value }) => [name, value]))
    const inJson = await user.post(`/v1/videos/${path}`, { ...asked, video: { id: videoId } })
    for (const answer of [inForm, inJson]) {
      const { id, remixed_from_video_id: source } = answer.json<Video>()
      expect(source).toBe(videoId)
      expect((await api.row(id)).metadata).toMatchObject({ type, remix_from: videoId })
    }
  },
)

test.each(kinds)('$path are made of a file, once for all sends', async ({ path, type, parts }) => {
  const sends = [0, 1, 2].map((count) =>
    postForm(path, ...parts, clip, { name: 'clientRequestId', value: 'mine' }).then((answer) => ({
      count,
      answer,
    })),
  )
  const ids = (await Promise.all(sends)).map(({ answer }) => answer.json<Video>().id)
  expect(new Set(ids).size).toBe(1)
  const { metadata } = await api.row(ids[0] as string)
  expect(metadata).toMatchObject({ type })
  const source = await api.row(String(metadata.remix_from))
  expect(source).toMatchObject({ status: 'COMPLETED', metadata: { type: 'upload' } })
})

test.each<[string, Part[], string]>([
  ['neither', [prompt], 'video'],
  ['both', [prompt, clip, { name: 'video[id]', value: 'video_1700000000000_abcdefg' }], 'video'],
  ['no clip', [prompt, { ...clip, value: 'not a clip' }], 'video'],
  ['an address', [prompt, { name: 'video[url]', value: 'https://example.com/a.mp4' }], 'video.id'],
])('an edit with %s is refused by name, and leaves nothing', async (_, parts, param) => {
  const before = await traces(api)
  const answer = await postForm('edits', ...parts)
  expect(answer.statusCode).toBe(400)
  expect(answer.json<VideosFailure>().error).toMatchObject({ code: 'invalid_request', param })
  expect(await traces(api)).toEqual(before)
})

test('an extension says how long it is, and a body without a file is short', async () => {
  const { videoId } = await aSource()
  const body = { prompt: 'it lands', video: { id: videoId } }
  const unsaid = await user.post('/v1/videos/extensions', body)
  expect(unsaid.json<VideosFailure>().error).toMatchObject({ code: 'invalid_request', param: 'seconds' })
  const long = await user.post('/v1/videos/edits', { ...body, prompt: 'x'.repeat(600_000) })
  expect(long.json<VideosFailure>().error.code).toBe('payload_too_large')
})

function aSource() {
  return api.aTask(user, { status: 'COMPLETED', model: 'sora-2', size: '1280x720', seconds: '8' })
}

function postForm(path: string, ...parts: Part[]) {
  const { payload, headers } = aForm(...parts)
  return user.post(`/v1/videos/${path}`, payload, headers)
}

import { afterAll, describe, expect, test } from 'vitest'
import { aFile, aForm } from '../support/pictures.ts'
import { buildTestApp, type Headers } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()
const remixes = await buildTestApp({ env: { SORA_DIALECT: 'bifrost' } })
afterAll(remixes.stop)

type Path = 'remix' | 'edit' | 'extend'

const bodies: Record<Path, { prompt: string; seconds?: string }> = {
  remix: { prompt: 'a red boat' },
  edit: { prompt: 'a red boat' },
  extend: { prompt: 'a red boat', seconds: '4' },
}

const post = (videoId: string, path: Path, body: object | Buffer = bodies[path], headers: Headers = {}) =>
  user.post(`/api/video/tasks/${videoId}/${path}`, body, headers)

const fieldsOf = (body: object) => Object.entries(body).map(([name, value]) => ({ name, value }))

const aSource = () =>
  api.aTask(user, {
    ...{ status: 'COMPLETED', externalTaskId: `up_${crypto.randomUUID()}` as never },
    ...{ model: 'sora-2', size: '1280x720', seconds: '8' },
  })

describe.each([
  ['edit', 'edit', '8', 'Edit task submitted', '编辑任务已提交'],
  ['extend', 'extension', '4', 'Extension task submitted', '延长任务已提交'],
] as const)('%s', (path, type, seconds, english, chinese) => {
  test('is accepted as a remix is', async () => {
    const source = await aSource()
    const answer = await post(source.videoId, path, { ...bodies[path], metadata: { shot: 3 } })
    const { videoId, links } = answer.json().data
    expect(answer.statusCode).toBe(202)
    expect(answer.headers.location).toBe(links.self)
    expect(answer.json().data).toMatchObject({
      status: 'queued',
      message: english,
      remixed_from: source.videoId,
    })
    const lineage = { type, remix_from: source.videoId, remix_from_external: source.externalTaskId }
    expect(await api.row(videoId)).toMatchObject({
      ...{ prompt: 'a red boat', model: 'sora-2', size: '1280x720', seconds, pinnedTo: 'default/default' },
      metadata: { shot: 3, ...lineage },
    })
    const { descendants } = (await user.get(`/api/video/tasks/${source.videoId}/lineage`)).json().data
    expect(descendants).toMatchObject([{ task: { videoId } }])
  })

  test('is answered in Chinese to a Chinese client', async () => {
    const answer = await post((await aSource()).videoId, path, bodies[path], { 'accept-language': 'zh-CN' })
    expect(answer.json().data.message).toBe(chinese)
  })

  test('is taken from a form', async () => {
    const { payload, headers } = aForm(...fieldsOf(bodies[path]))
    const answer = await post((await aSource()).videoId, path, payload, headers)
    expect(answer.statusCode).toBe(202)
    expect(await api.row(answer.json().data.videoId)).toMatchObject({ prompt: 'a red boat', seconds })
  })

  test('is refused with a file, a picture and metadata of ours', async () => {
    const { videoId } = await aSource()
    const before = await api.counts()
    const file = aForm(...fieldsOf(bodies[path]), aFile('a picture'))
    for (const [body, headers, field] of [
      [file.payload, file.headers, 'input_reference'],
      [{ ...bodies[path], input_reference: 'https://pictures.example/1.png' }, {}, 'input_reference'],
      [{ ...bodies[path], metadata: { type: 'remix' } }, {}, 'metadata'],
      [{ ...bodies[path], prompt: '' }, {}, 'prompt'],
    ] as const) {
      const answer = await post(videoId, path, body, headers)
      expect(answer.statusCode).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
    }
    expect(await api.counts()).toEqual(before)
  })

  test('is refused where upstream only makes remixes', async () => {
    const owner = await remixes.aUser()
    const { videoId } = await remixes.aTask(owner, { status: 'COMPLETED' })
    const before = await remixes.counts()
    const answer = await owner.post(`/api/video/tasks/${videoId}/${path}`, bodies[path])
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({
      code: 'not_supported_upstream',
      details: [{ field: 'source', message: `upstream makes no ${type}s, only remixes` }],
    })
    expect(await remixes.counts()).toEqual(before)
  })

  test('is refused for a source that is missing or not finished', async () => {
    const running = await api.aTask(user)
    expect((await post(running.videoId, path)).json().code).toBe('source_not_completed')
    expect((await post('video_1767225600000_k3x9q0zt', path)).json().code).toBe('source_not_found')
  })
})

test.each([undefined, '', '0', '1000', '4.5', 4])(
  'an extension by %j seconds is refused',
  async (seconds) => {
    const answer = await post((await aSource()).videoId, 'extend', { prompt: 'a red boat', seconds })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'seconds' }] })
  },
)

test('an edit with a length is refused', async () => {
  const answer = await post((await aSource()).videoId, 'edit', bodies.extend)
  expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'seconds' }] })
})

test('a key stands for one of a remix, an edit and extensions of two lengths', async () => {
  const { videoId } = await aSource()
  const asked: [Path, object][] = [
    ['remix', bodies.remix],
    ['edit', bodies.edit],
    ['extend', bodies.extend],
    ['extend', { ...bodies.extend, seconds: '12' }],
  ]
  for (const [n, [path, body]] of asked.entries()) {
    const headers = { 'idempotency-key': `${videoId}-${n}` }
    const first = await post(videoId, path, body, headers)
    expect((await post(videoId, path, body, headers)).json().data.videoId).toBe(first.json().data.videoId)
    for (const [m, [otherPath, other]] of asked.entries()) {
      if (m === n) continue
      const answer = await post(videoId, otherPath, other, headers)
      expect(answer.statusCode).toBe(422)
      expect(answer.json().code).toBe('idempotency_key_reused')
    }
  }
})

test('a re-send of an edit is no re-send of a remix', async () => {
  const { videoId } = await aSource()
  const send = async (path: Path, count: string) =>
    (await post(videoId, path, bodies[path], { 'x-stainless-retry-count': count })).json().data.videoId
  const [remix, edit, extension] = [
    await send('remix', '0'),
    await send('edit', '0'),
    await send('extend', '0'),
  ]
  expect([await send('remix', '1'), await send('edit', '1'), await send('extend', '1')]).toEqual([
    ...[remix, edit, extension],
  ])
  expect(new Set([remix, edit, extension]).size).toBe(3)
})

test('an edit is remixed and retried as what it is', async () => {
  const { videoId } = (await post((await aSource()).videoId, 'edit')).json().data
  await user.post(`/api/video/tasks/${videoId}/cancel`, {})
  await user.post(`/api/video/tasks/${videoId}/retry`, {})
  expect(await api.row(videoId)).toMatchObject({ attempt: 2, status: 'QUEUED', metadata: { type: 'edit' } })
  const edit = await api.aTask(user, { status: 'COMPLETED', metadata: { type: 'edit' } })
  const remix = (await post(edit.videoId, 'remix')).json().data
  expect((await api.row(remix.videoId)).metadata).toMatchObject({ type: 'remix', remix_from: edit.videoId })
})

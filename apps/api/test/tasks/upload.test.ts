import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { buildTestApp, type Headers, type TestUser } from '../support/test-app.ts'

const MIB = 1024 * 1024
const api = await buildTestApp({ env: { UPLOAD_MAX_BYTES: String(MIB) } })
afterAll(api.stop)
const user = await api.aUser()
const whole = fixture('moov-first.mp4')

type Part = [name: string, value: string | Buffer, more?: { filename?: string; type?: string }]

describe('an uploaded clip', () => {
  test('is a completed task at once', async () => {
    const answer = await upload([
      aClip(whole),
      ['prompt', 'a boat 船'],
      ['metadata', '{"scene":3}', { type: 'application/json' }],
      ['clientRequestId', 'my-first-upload'],
    ])
    expect(answer.statusCode).toBe(201)
    const { data: task } = answer.json()
    expect(answer.headers.location).toBe(`/api/video/tasks/${task.videoId}`)
    expect(task).toMatchObject({
      ...{ status: 'COMPLETED', progress: 100, externalTaskId: null, clientRequestId: 'my-first-upload' },
      ...{ prompt: 'a boat 船', model: null, size: '64x36', seconds: '1' },
      metadata: { scene: 3, type: 'upload' },
      clip: { bytes: whole.length, sha256: sha256(whole), type: 'video/mp4' },
      archivedAt: expect.any(String),
      videoUrl: expect.stringContaining('/api/video/content/'),
    })
    expect(await api.jobs()).not.toContain(`${task.videoId}-1`)
    const again = await user.get(`/api/video/tasks/${task.videoId}`)
    expect(again.json().data).toMatchObject({ ...task, videoUrl: expect.any(String) })
  })

  test('plays, whole and in part', async () => {
    const { videoUrl } = await uploaded(whole)
    const played = await api.app.inject({ url: videoUrl })
    expect(played.headers['content-type']).toBe('video/mp4')
    expect(played.rawPayload.equals(whole)).toBe(true)
    const part = await api.app.inject({ url: videoUrl, headers: { range: 'bytes=4-7' } })
    expect([part.statusCode, part.body]).toEqual([206, 'ftyp'])
  })

  test.each([
    ['clip.webm', 'video/webm'],
    ['quicktime.mov', 'video/quicktime'],
    ['clip.avi', 'video/x-msvideo'],
  ])('as %s is %s by its bytes', async (name, type) => {
    const clip = await uploaded(fixture(name))
    expect(clip).toMatchObject({ clip: { type }, size: '64x36', prompt: '' })
  })

  test('that is removed says so, and has nothing to play', async () => {
    const { videoId, videoUrl } = await uploaded(whole)
    const path = `/api/video/tasks/${videoId}`
    const headers = { authorization: `Bearer ${user.token}` }
    const removed = await api.app.inject({ method: 'DELETE', url: `${path}/clip`, headers })
    expect(removed.json().data).toMatchObject({ status: 'COMPLETED', clip: null })
    for (const answer of [await user.get(`${path}/content`), await api.app.inject({ url: videoUrl })]) {
      expect(answer.statusCode).toBe(410)
      expect(answer.json().code).toBe('clip_removed')
    }
  })

  test('is the source of its remixes', async () => {
    const { videoId } = await uploaded(whole)
    const remix = await user.post(`/api/video/tasks/${videoId}/remix`, { prompt: 'in snow' })
    expect(remix.statusCode).toBe(202)
    expect(remix.json().data).toMatchObject({ remixed_from: videoId, externalTaskId: null })
    const made = remix.json().data.videoId
    expect(await api.row(made)).toMatchObject({
      pinnedTo: null,
      metadata: { type: 'remix', remix_from: videoId },
    })
    const lineage = await user.get(`/api/video/tasks/${videoId}/lineage`)
    expect(lineage.json().data).toMatchObject({
      ancestors: [],
      task: { videoId },
      descendants: [{ task: { videoId: made }, children: [] }],
    })
    const up = await user.get(`/api/video/tasks/${made}/lineage`)
    expect(up.json().data.ancestors).toMatchObject([{ videoId }])
  })
})

describe('sent again with its key', () => {
  test('it is the same task', async () => {
    const first = await upload([aClip(whole)], { 'idempotency-key': 'sent twice' })
    const before = await left()
    const again = await upload([aClip(whole)], { 'idempotency-key': 'sent twice' })
    expect([first.statusCode, again.statusCode]).toEqual([201, 200])
    expect(again.json().data.videoId).toBe(first.json().data.videoId)
    expect(again.headers.location).toBe(first.headers.location)
    expect(await left()).toEqual(before)
  })

  test('another clip is refused, and so is another request', async () => {
    const headers = { 'idempotency-key': 'of one clip' }
    await upload([aClip(whole)], headers)
    const before = await left()
    const other = await upload([aClip(fixture('moov-last.mp4'))], headers)
    const create = await user.post('/api/video/tasks', { prompt: 'a cat' }, headers)
    for (const answer of [other, create]) {
      expect(answer.statusCode).toBe(422)
      expect(answer.json().code).toBe('idempotency_key_reused')
    }
    expect(await left()).toEqual(before)
  })
})

const notAClip = 'must be an MP4, WebM, QuickTime or AVI clip'

test.each<[string, Part[], string, string, string]>([
  ['no file', [['prompt', 'a boat']], 'video', 'is required', '必填'],
  ['its clip as text', [['video', '@boat.mp4']], 'video', 'must be a file', '必须是文件'],
  ['two clips', [aClip(whole), aClip(whole)], 'video', 'must be given only once', '只能出现一次'],
  [
    'a file by another name',
    [['clip', whole, { filename: 'a.mp4' }]],
    'clip',
    'must not be a file',
    '不能是文件',
  ],
  ['an empty file', [aClip(Buffer.alloc(0))], 'video', 'must not be empty', '不能为空'],
  [
    'a picture',
    [aClip(fixture('baseline.jpg'))],
    'video',
    notAClip,
    '必须是 MP4、WebM、QuickTime 或 AVI 视频',
  ],
  [
    'Matroska',
    [aClip(fixture('matroska.mkv'))],
    'video',
    notAClip,
    '必须是 MP4、WebM、QuickTime 或 AVI 视频',
  ],
  ['a cut clip', [aClip(whole.subarray(0, -9))], 'video', 'must be a whole clip', '必须是完整的视频'],
  [
    ...(['only sound', [aClip(fixture('only-sound.mp4'))], 'video'] as [string, Part[], string]),
    ...(['must have pictures that move, not only sound', '必须包含视频画面，不能只有声音'] as const),
  ],
  ['a model', [aClip(whole), ['model', 'sora-2']], 'model', 'is not a known field', '不是可用的字段'],
  ['metadata as text', [aClip(whole), ['metadata', '{}']], 'metadata', 'must be an object', '必须是对象'],
])('an upload with %s is refused in both languages, and leaves nothing', async (_, parts, field, en, zh) => {
  const before = await left()
  for (const [language, message] of Object.entries({ en, zh })) {
    const answer = await upload(parts, { 'accept-language': language })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field, message }] })
  }
  expect(await left()).toEqual(before)
})

test('a page may send metadata as JSON in the only way it has', async () => {
  const form = new FormData()
  form.append('video', new Blob([new Uint8Array(whole)]))
  form.append('metadata', new Blob(['{"scene":4}'], { type: 'application/json' }))
  const answer = await fetch(`${await api.listen()}/api/video/tasks/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.token}` },
    body: form,
  })
  expect(await answer.json()).toMatchObject({ data: { metadata: { scene: 4, type: 'upload' } } })
})

test.each([true, false])('a clip that is too large is refused, its length told: %s', async (isTold) => {
  const before = await left()
  const { payload, headers } = aForm([aClip(Buffer.concat([whole, randomBytes(2 * MIB)]))])
  const body = isTold ? new Blob([new Uint8Array(payload)]) : new Blob([new Uint8Array(payload)]).stream()
  const answer = await fetch(`${await api.listen()}/api/video/tasks/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.token}`, ...headers },
    body,
    ...(!isTold && { duplex: 'half' }),
  })
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({ code: 'payload_too_large' })
  expect(await left()).toEqual(before)
})

test('what is no form is refused before it is read', async () => {
  const before = await left()
  const { hostname, port } = new URL(await api.listen())
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST /api/video/tasks/upload HTTP/1.1\r\nhost: api\r\nauthorization: Bearer ${user.token}\r\n` +
      `content-type: application/json\r\ncontent-length: ${MIB}\r\n\r\n{`,
  )
  const [answer] = (await Array.fromAsync(untilFirst(socket))) as [string]
  expect(answer).toMatch(/^HTTP\/1.1 415 /)
  expect(answer).toContain('{"field":"Content-Type","message":"must be multipart/form-data"}')
  socket.destroy()
  expect(await left()).toEqual(before)
})

test('a body that stops half-way leaves nothing', async () => {
  const before = await left()
  const { hostname, port } = new URL(await api.listen())
  const { payload, headers } = aForm([aClip(whole)])
  const open = await api.connections()
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST /api/video/tasks/upload HTTP/1.1\r\nhost: api\r\nauthorization: Bearer ${user.token}\r\n` +
      `content-type: ${headers['content-type']}\r\ncontent-length: ${payload.length}\r\n\r\n`,
  )
  await new Promise<void>((resolve) => socket.write(payload.subarray(0, -200), () => resolve()))
  await expect.poll(() => api.connections()).toBe(open + 1)
  socket.destroy()
  await expect.poll(() => api.connections()).toBe(open)
  expect(await left()).toEqual(before)
})

test('who is nobody is told so, and a stranger’s upload is not there', async () => {
  const { payload, headers } = aForm([aClip(whole)])
  const post = { method: 'POST', url: '/api/video/tasks/upload', payload, headers } as const
  expect((await api.app.inject(post)).statusCode).toBe(401)
  const { videoId } = await uploaded(whole)
  const stranger = await api.aUser()
  expect((await stranger.get(`/api/video/tasks/${videoId}`)).statusCode).toBe(404)
  const remix = await stranger.post(`/api/video/tasks/${videoId}/remix`, { prompt: 'in snow' })
  expect(remix.json().code).toBe('source_not_found')
})

test('a store that can’t be written is said so, and there is no row', async () => {
  await using stranded = await buildTestApp({ env: { MEDIA_DIR: '/dev/null/media' } })
  const somebody = await stranded.aUser()
  const answer = await upload([aClip(whole)], {}, { by: somebody, on: stranded.app })
  expect(answer.statusCode).toBe(503)
  expect(answer.json().code).toBe('store_unavailable')
  expect(answer.headers['retry-after']).toBeDefined()
  expect((await stranded.counts()).rows).toBe(0)
})

async function* untilFirst(socket: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const chunk of socket) return yield String(chunk)
}

function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../../../../packages/media/test/fixtures', name))
}

function aClip(bytes: Buffer): Part {
  return ['video', bytes, { filename: 'any.bin', type: 'application/octet-stream' }]
}

function aForm(parts: Part[]) {
  const body = parts.flatMap(([name, value, { filename, type } = {}]) => [
    `--cut\r\ncontent-disposition: form-data; name="${name}"${filename ? `; filename="${filename}"` : ''}\r\n`,
    ...(type ? [`content-type: ${type}\r\n`] : []),
    ...['\r\n', value, '\r\n'],
  ])
  return {
    payload: Buffer.concat([...body, '--cut--\r\n'].map((part) => Buffer.from(part as string))),
    headers: { 'content-type': 'multipart/form-data; boundary=cut' },
  }
}

function upload(
  parts: Part[],
  more: Headers = {},
  { by, on }: { by: TestUser; on: typeof api.app } = { by: user, on: api.app },
) {
  const { payload, headers } = aForm(parts)
  const authorization = `Bearer ${by.token}`
  return on.inject({
    method: 'POST',
    url: '/api/video/tasks/upload',
    payload,
    headers: { authorization, ...headers, ...more },
  })
}

async function uploaded(bytes: Buffer) {
  return (await upload([aClip(bytes)])).json().data
}

/** What a refused request must not change. */
async function left() {
  const objects = await Array.fromAsync(api.store.list('clips/'))
  return { ...(await api.counts()), objects: objects.map(({ key }) => key).sort() }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

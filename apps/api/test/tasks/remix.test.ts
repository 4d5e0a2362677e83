import { startRedis } from '@reelay/local-services/stores/services'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { aFolder } from '../support/folder.ts'
import { buildTestApp, type Headers, noVideoId, type TestApp, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const patient = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '60000' } })
afterAll(patient.stop)
const user = await api.aUser()

const remix = (by: TestUser, videoId: string, payload: object | string, headers: Headers = {}) =>
  by.post(`/api/video/tasks/${videoId}/remix`, payload, headers)

/** Waits for a new task's job, as a worker would, and names the task. */
async function nextJob({ jobs }: TestApp): Promise<string> {
  const before = await jobs()
  const name = await vi.waitFor(async () => {
    const job = (await jobs()).find((each) => !before.includes(each))
    if (!job) throw new Error('no job yet')
    return job
  })
  return name.replace(/-1$/, '')
}

test('an acceptance within the wait answers processing', async () => {
  const owner = await patient.aUser()
  const source = await patient.aTask(owner, { status: 'COMPLETED' })
  const job = nextJob(patient)
  const answering = remix(owner, source.videoId, { prompt: 'a dog instead' })
  const videoId = await job
  await patient.worker.accept(videoId, 'upstream_accepted')

  const answer = await answering
  const self = `/api/video/tasks/${videoId}`
  expect(answer.statusCode).toBe(200)
  expect(answer.headers.location).toBeUndefined()
  expect(answer.json()).toEqual({
    success: true,
    data: {
      videoId,
      externalTaskId: 'upstream_accepted',
      status: 'processing',
      message: 'Remix task submitted',
      remixed_from: source.videoId,
      links: { self, events: `/api/sse/task-updates?videoId=${videoId}`, lineage: `${self}/lineage` },
    },
    requestTime: expect.any(Number),
  })
})

test('a Chinese client is answered in Chinese', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const answer = await remix(user, source.videoId, { prompt: '换成狗' }, { 'accept-language': 'zh-CN' })
  expect(answer.json().data.message).toBe('Remix 任务已提交')
})

test.each([
  ['upstream_refused', 'invalid_value', 'The request was refused.'],
  ['moderation_blocked', 'moderation_blocked', 'Your request was blocked.'],
] as const)('a refusal within the wait answers %s', async (errorCode, upstreamCode, errorMessage) => {
  const owner = await patient.aUser()
  const source = await patient.aTask(owner, { status: 'COMPLETED' })
  const job = nextJob(patient)
  const answering = remix(owner, source.videoId, { prompt: 'something odd' })
  const videoId = await job
  await patient.worker.refuse(videoId, { errorCode, errorMessage, upstreamCode })

  const answer = await answering
  expect(answer.statusCode).toBe(422)
  expect(answer.json()).toMatchObject({
    success: false,
    code: errorCode,
    details: { videoId, upstreamCode, upstreamMessage: errorMessage },
  })
})

test('without an acceptance the answer is queued after the wait', async () => {
  await using brisk = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '600' } })
  const owner = await brisk.aUser()
  const source = await brisk.aTask(owner, { status: 'COMPLETED' })
  const startedAt = performance.now()
  const answer = await remix(owner, source.videoId, { prompt: 'a dog instead' })
  const tookMs = performance.now() - startedAt

  expect(answer.statusCode).toBe(202)
  expect(answer.json().data).toMatchObject({ status: 'queued', externalTaskId: null })
  expect(answer.headers.location).toBe(answer.json().data.links.self)
  expect(tookMs).toBeGreaterThanOrEqual(590)
  expect(await brisk.jobs()).toContain(`${answer.json().data.videoId}-1`)
})

test('progress of another task does not end the wait', async () => {
  await using brisk = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '800' } })
  const owner = await brisk.aUser()
  const source = await brisk.aTask(owner, { status: 'COMPLETED' })
  const another = await brisk.aTask(owner)
  const job = nextJob(brisk)
  const answering = remix(owner, source.videoId, { prompt: 'a dog instead' })
  await job
  await brisk.worker.accept(another.videoId)
  expect((await answering).statusCode).toBe(202)
})

test('while Redis is away the row is the promise', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(redis.stop)
  await using lonely = await buildTestApp({ env: { REDIS_URL: redis.url, REMIX_ACCEPT_WAIT_MS: '2000' } })
  const owner = await lonely.aUser()
  await vi.waitFor(async () => expect(await lonely.redis.ping()).toBe('PONG'))
  const source = await lonely.aTask(owner, { status: 'COMPLETED' })
  await redis.stop()

  const answer = await remix(owner, source.videoId, { prompt: 'a dog instead' })
  expect(answer.statusCode).toBe(202)
  expect(answer.json().data.status).toBe('queued')
  expect(await lonely.row(answer.json().data.videoId)).toMatchObject({ status: 'QUEUED', attempt: 1 })
})

test('a frozen Redis is not waited for until it thaws', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(redis.stop)
  await using lonely = await buildTestApp({ env: { REDIS_URL: redis.url, REMIX_ACCEPT_WAIT_MS: '1000' } })
  const owner = await lonely.aUser()
  await vi.waitFor(async () => expect(await lonely.redis.ping()).toBe('PONG'))
  const source = await lonely.aTask(owner, { status: 'COMPLETED' })
  redis.freeze()

  const answer = await remix(owner, source.videoId, { prompt: 'a dog instead' })
  redis.thaw()
  expect(answer.statusCode).toBe(202)
  expect(await lonely.row(answer.json().data.videoId)).toMatchObject({ status: 'QUEUED' })
})

test('unknown, foreign and impossible sources answer alike', async () => {
  const stranger = await api.aUser()
  const foreign = await api.aTask(stranger, { status: 'COMPLETED' })
  const before = await api.counts()
  const impossible = ['video_1', '..%2f..', 'video_1784544953127_vh4oh1k:2', '%00', `video_${'1'.repeat(80)}`]
  const answers = await Promise.all(
    [noVideoId(), foreign.videoId, ...impossible].map((id) => remix(user, id, { prompt: 'a dog' })),
  )

  for (const answer of answers) {
    expect(answer.statusCode).toBe(404)
    expect(answer.json().code).toBe('source_not_found')
  }
  const bodies = answers.map(({ body }) => body.replace(/"requestId":"[^"]+"/, ''))
  expect(new Set(bodies).size).toBe(1)
  expect(await api.counts()).toEqual(before)
})

test.each(['QUEUED', 'PROCESSING', 'FAILED'] as const)(
  'a source that is %s is not completed',
  async (status) => {
    const source = await api.aTask(user, { status })
    const before = await api.counts()
    const answer = await remix(user, source.videoId, { prompt: 'a dog' })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().code).toBe('source_not_completed')
    expect(await api.counts()).toEqual(before)
  },
)

test('a source without an upstream video is not remixable', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  await api.worker.touch(source.videoId, 'external_task_id = null')
  const before = await api.counts()
  const answer = await remix(user, source.videoId, { prompt: 'a dog' })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().code).toBe('source_not_remixable')
  expect(await api.counts()).toEqual(before)
})

test('lineage is written beside the metadata of the client', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED', externalTaskId: 'upstream_source' as never })
  const answer = await remix(user, source.videoId, { prompt: 'a dog', metadata: { shot: 3, tags: ['x'] } })
  const { videoId } = answer.json().data
  const metadata = {
    shot: 3,
    tags: ['x'],
    type: 'remix',
    remix_from: source.videoId,
    remix_from_external: 'upstream_source',
  }
  expect((await api.row(videoId)).metadata).toEqual(metadata)
  const shown = (await user.get(`/api/video/tasks/${videoId}`)).json().data
  expect(shown).toMatchObject({ metadata, remixed_from: source.videoId })
})

test('a remix takes model, size and length from its source', async () => {
  const shape = { model: 'sora-2-pro', size: '1280x720', seconds: '8' }
  const source = await api.aTask(user, { status: 'COMPLETED', ...shape })
  const plain = await remix(user, source.videoId, { prompt: 'a dog' })
  expect(await api.row(plain.json().data.videoId)).toMatchObject(shape)
  const named = await remix(user, source.videoId, { prompt: 'a dog', model: 'sora-2-pro' })
  expect(await api.row(named.json().data.videoId)).toMatchObject({ ...shape, pinnedTo: 'default/default' })
})

test('a remix with another model than its source has is refused where upstream takes none', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED', model: 'sora-2-pro' })
  const before = await api.counts()
  const answer = await remix(user, source.videoId, { prompt: 'a dog', model: 'sora-3' })
  expect(answer.statusCode).toBe(422)
  expect(answer.json()).toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'model', message: 'is that of the earlier video' }],
  })
  expect(await api.counts()).toEqual(before)
})

test.each<[string, object | string, string, Headers?]>([
  ['no prompt', {}, 'prompt'],
  ['an empty prompt', { prompt: '' }, 'prompt'],
  ['a prompt of 32 001 characters', { prompt: 'x'.repeat(32_001) }, 'prompt'],
  ['an unknown field', { prompt: 'a dog', seconds: '8' }, 'seconds'],
  ['reserved metadata', { prompt: 'a dog', metadata: { type: 'remix' } }, 'metadata'],
  ['no JSON', 'prompt', 'body', { 'content-type': 'application/json' }],
])('%s is refused and leaves nothing behind', async (_, payload, field, headers = {}) => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const before = await api.counts()
  const answer = await remix(user, source.videoId, payload, headers)
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
  expect(await api.counts()).toEqual(before)
})

test('a form with prompt and model works', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const { payload, headers } = aForm(['prompt', '猫 and a dog'], ['model', 'sora-2'])
  const answer = await remix(user, source.videoId, payload, headers)
  expect(answer.statusCode).toBe(202)
  expect(await api.row(answer.json().data.videoId)).toMatchObject({ prompt: '猫 and a dog', model: 'sora-2' })
})

test.each([
  [
    'a file',
    [
      ['prompt', 'a dog'],
      ['picture', 'GIF89a', 'a.gif'],
    ],
    'picture',
  ],
  ['a prompt that is a file', [['prompt', 'a dog', 'prompt.txt']], 'prompt'],
  [
    'an unknown part',
    [
      ['prompt', 'a dog'],
      ['watermark', 'yes'],
    ],
    'watermark',
  ],
  [
    'two prompts',
    [
      ['prompt', 'a dog'],
      ['prompt', 'a cat'],
    ],
    'prompt',
  ],
  ['no prompt', [['model', 'sora-2']], 'prompt'],
] as [string, Part[], string][])('a form with %s is refused by name', async (_, parts, field) => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const before = await api.counts()
  const { payload, headers } = aForm(...parts)
  const answer = await remix(user, source.videoId, payload, headers)
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
  expect(await api.counts()).toEqual(before)
})

test('a form that ends too early is refused', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const { payload, headers } = aForm(['prompt', 'a dog'])
  const answer = await remix(user, source.videoId, payload.slice(0, -20), headers)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().code).toBe('invalid_request')
})

test.each([
  ['without a boundary', 'multipart/form-data'],
  ['with an endless boundary', `multipart/form-data; boundary=${'x'.repeat(300)}`],
])('a form %s is refused', async (_, type) => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const { payload } = aForm(['prompt', 'a dog'])
  const answer = await remix(user, source.videoId, payload, { 'content-type': type })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'body' }] })
})

test('a form of more than 512 KiB is refused', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const before = await api.counts()
  const { payload, headers } = aForm(['prompt', 'a dog'])
  const answer = await remix(user, source.videoId, ' '.repeat(512 * 1024) + payload, headers)
  expect(answer.statusCode).toBe(413)
  expect(answer.json().code).toBe('payload_too_large')
  expect(await api.counts()).toEqual(before)
})

describe('a form that doesn’t say how long it is', () => {
  async function post(...parts: Part[]) {
    const source = await api.aTask(user, { status: 'COMPLETED' })
    const before = await api.counts()
    const { payload, headers } = aForm(...parts)
    const answer = await fetch(`${await api.listen()}/api/video/tasks/${source.videoId}/remix`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${user.token}`, prefer: 'respond-async' },
      body: new Blob([payload]).stream(),
      duplex: 'half',
    })
    return { answer, before }
  }

  test('is read', async () => {
    const { answer } = await post(['prompt', 'a dog'])
    expect(answer.status).toBe(202)
    const { data } = (await answer.json()) as { data: { videoId: string } }
    expect((await api.row(data.videoId)).prompt).toBe('a dog')
  })

  test.each<[string, Part[]]>([
    ['in one field', [['prompt', 'x'.repeat(600 * 1024)]]],
    [
      'in all of them',
      [
        ['prompt', 'x'.repeat(300 * 1024)],
        ['model', 'x'.repeat(300 * 1024)],
      ],
    ],
  ])('is refused when it is too long %s', async (_, parts) => {
    const { answer, before } = await post(...parts)
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 'payload_too_large' })
    expect(await api.counts()).toEqual(before)
  })
})

type Part = [name: string, value: string, filename?: string]

function aForm(...parts: Part[]) {
  const body = parts.map(([name, value, filename]) => {
    const file = filename ? `; filename="${filename}"\r\ncontent-type: application/octet-stream` : ''
    return `--cut\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`
  })
  return {
    payload: `${body.join('')}--cut--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=cut' },
  }
}

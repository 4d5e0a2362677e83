import type { ServerResponse } from 'node:http'
import { expect, expectTypeOf, test } from 'vitest'
import { createClient, type ReelayClient } from '../src/client.ts'
import { type Asked, reply, serve } from './fake-api.ts'

const wish = { prompt: '雪', metadata: { scene: 3 }, model: null }
const submitted = { videoId: 'video_1', status: 'queued' }

test.concurrent('a failure is thrown with its code, status, details and request id', async () => {
  const details = [{ field: 'prompt', message: 'must not be empty' }]
  const failure = { code: 'invalid_request', message: 'not valid', details, requestId: 'request-1' }
  await using api = await serve((response) => reply(response, 400, failure))
  const remix = api.client.remix('video_1', { prompt: '' })
  await expect(remix).rejects.toMatchObject({ name: 'ReelayError', status: 400, ...failure })
  expect(api.asked).toHaveLength(1)
})

test.concurrent('an answer that is no JSON is thrown by its status', async () => {
  await using api = await serve((response) => response.writeHead(500).end('<html>'))
  await expect(api.client.task('video_1')).rejects.toMatchObject({ status: 500, code: 'unknown' })
})

test.concurrent('a remix whose answers are lost is sent again with the same key', async () => {
  let sends = 0
  await using api = await serve((response) => {
    sends += 1
    if (sends === 1) response.destroy()
    else if (sends === 2) response.writeHead(502).end('<html>')
    else reply(response, 200, submitted)
  })
  expect(await api.client.remix('video_1', { prompt: 'snow' })).toEqual(submitted)
  const keys = api.asked.map(({ body }) => (JSON.parse(body) as { clientRequestId: string }).clientRequestId)
  expect(keys).toHaveLength(3)
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(keys).size).toBe(1)
})

test.concurrent('two remixes have two keys, and a given key stays', async () => {
  await using api = await serve((response) => reply(response, 200, submitted))
  await api.client.remix('video_1', { prompt: 'snow' })
  await api.client.remix('video_1', { prompt: 'snow' })
  await api.client.createTask({ prompt: 'rain', clientRequestId: 'mine' })
  const keys = api.asked.map(({ body }) => (JSON.parse(body) as { clientRequestId: string }).clientRequestId)
  expect(new Set(keys).size).toBe(3)
  expect(keys[2]).toBe('mine')
})

test.concurrent('an edit and an extension are asked for at their own routes, each with a key', async () => {
  await using api = await serve((response) => reply(response, 200, submitted))
  expect(await api.client.edit('video_1', wish)).toEqual(submitted)
  expect(await api.client.extend('video_1', { ...wish, seconds: '8' })).toEqual(submitted)
  expect(api.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST http://api/api/video/tasks/video_1/edit',
    'POST http://api/api/video/tasks/video_1/extend',
  ])
  const clientRequestId = expect.stringMatching(/^[0-9a-f]{32}$/)
  expect(api.asked.map(({ body }) => JSON.parse(body))).toEqual([
    { ...wish, clientRequestId },
    { ...wish, clientRequestId, seconds: '8' },
  ])
})

const png = new Blob(['a picture'], { type: 'image/png' })

test.concurrent.each([
  ['createTask', (client: ReelayClient) => client.createTask({ ...wish, input_reference: png })],
  ['remix', (client: ReelayClient) => client.remix('video_1', { ...wish, input_reference: png })],
])('%s with the bytes of a picture sends a form', async (_, send) => {
  await using api = await serve((response) => reply(response, 200, submitted))
  await send(api.client)
  const form = await formIn(api.asked[0])
  const { input_reference: picture, metadata, ...text } = Object.fromEntries(form)
  expect(text).toEqual({ prompt: '雪', clientRequestId: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(await jsonOf(metadata)).toEqual({ scene: 3 })
  expect(picture).toMatchObject({ type: 'image/png', size: png.size })
})

test.concurrent('a picture by its address stays JSON', async () => {
  await using api = await serve((response) => reply(response, 200, submitted))
  await api.client.createTask({ prompt: 'rain', input_reference: 'https://pictures.example/1.png' })
  expect(api.asked[0]?.headers['content-type']).toBe('application/json')
  expect(JSON.parse(api.asked[0]?.body ?? '')).toMatchObject({
    prompt: 'rain',
    input_reference: 'https://pictures.example/1.png',
  })
})

test.concurrent('an upload whose answers are lost is sent again, with the same key and all of its bytes', async () => {
  let sends = 0
  await using api = await serve((response) => {
    sends += 1
    if (sends === 1) response.destroy()
    else reply(response, 201, { videoId: 'video_1' })
  })
  const video = new File(['a clip'], 'boat.mp4', { type: 'video/mp4' })
  const upload = api.client.upload(video, { prompt: 'a boat', metadata: { scene: 3 } })
  expect(await upload).toEqual({ videoId: 'video_1' })
  const forms = await Promise.all(api.asked.map(formIn))
  expect(forms).toHaveLength(2)
  expect(forms[0]?.get('clientRequestId')).toBe(forms[1]?.get('clientRequestId'))
  for (const form of forms) {
    expect(form.get('prompt')).toBe('a boat')
    expect(await jsonOf(form.get('metadata'))).toEqual({ scene: 3 })
    expect(await (form.get('video') as File).text()).toBe('a clip')
  }
  expect(api.asked[0]).toMatchObject({ method: 'POST', url: { pathname: '/api/video/tasks/upload' } })
})

test.concurrent('a file has more time the larger it is', async () => {
  const answerAfter = (response: ServerResponse, ms: number) =>
    setTimeout(() => reply(response, 201, submitted), ms)
  await using api = await serve((response) => answerAfter(response, 1500), { timeoutMs: 300, tries: 1 })
  await expect(api.client.upload(new Blob(['small']))).rejects.toMatchObject({ code: 'no_answer' })
  expect(await api.client.upload(new Blob(['x'.repeat(1_000_000)]))).toEqual(submitted)
})

test.concurrent('a removal is a DELETE without a body, and may be sent again', async () => {
  let sends = 0
  await using api = await serve((response) => {
    sends += 1
    if (sends === 1) response.destroy()
    else reply(response, 200, { videoId: 'video_1', clip: null })
  })
  expect(await api.client.removeClip('video_1')).toEqual({ videoId: 'video_1', clip: null })
  expect(api.asked).toMatchObject(
    [1, 2].map(() => ({ method: 'DELETE', url: { pathname: '/api/video/tasks/video_1/clip' }, body: '' })),
  )
})

test.concurrent.each(['retry', 'cancel'] as const)(
  'a %s whose answer is lost is sent once only',
  async (call) => {
    await using api = await serve((response) => response.destroy())
    await expect(api.client[call]('video_1')).rejects.toMatchObject({ status: 0, code: 'unreachable' })
    expect(api.asked).toHaveLength(1)
  },
)

test.concurrent('a request turned away waits as long as it is asked to', async () => {
  let sends = 0
  await using api = await serve((response) => {
    sends += 1
    if (sends === 1) reply(response, 429, { code: 'rate_limited' }, { 'retry-after': '1' })
    else reply(response, 200, { videoId: 'video_1' })
  })
  await api.client.retry('video_1')
  const [first, second] = api.asked
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
})

test.concurrent.each([
  { name: 'one task too many', status: 429, code: 'too_many_unfinished', after: '2' },
  { name: 'a wait of minutes', status: 503, code: 'unavailable', after: '120' },
])('$name is thrown at once', async ({ status, code, after }) => {
  await using api = await serve((response) => reply(response, status, { code }, { 'retry-after': after }))
  const task = api.client.createTask({ prompt: 'rain' })
  await expect(task).rejects.toMatchObject({ status, code, retryAfterMs: Number(after) * 1000 })
  expect(api.asked).toHaveLength(1)
})

test.concurrent('a request is given up after so many tries', async () => {
  await using api = await serve((response) => reply(response, 503, { code: 'unavailable' }), { tries: 3 })
  await expect(api.client.task('video_1')).rejects.toMatchObject({ code: 'unavailable' })
  expect(api.asked).toHaveLength(3)
})

test.concurrent('an api that says nothing is given up within its time', async () => {
  await using api = await serve(() => {}, { timeoutMs: 1500, tries: 2 })
  await expect(api.client.task('video_1')).rejects.toMatchObject({ status: 0, code: 'no_answer' })
  expect(api.asked).toHaveLength(2)
})

test.concurrent('an aborted call throws its reason and is not sent again', async () => {
  const leaving = new AbortController()
  const reason = new Error('the page is closed')
  await using api = await serve(() => leaving.abort(reason))
  await expect(api.client.task('video_1', leaving)).rejects.toBe(reason)
  expect(api.asked).toHaveLength(1)
  await api.deserted()
})

test.concurrent('every task is read page by page', async () => {
  const pages: Record<string, object> = {
    start: { tasks: [{ videoId: 'a' }, { videoId: 'b' }], nextCursor: 'after-b' },
    'after-b': { tasks: [{ videoId: 'c' }], nextCursor: null },
  }
  await using api = await serve((response, { url }) =>
    reply(response, 200, pages[url.searchParams.get('cursor') ?? 'start'] ?? {}),
  )
  const tasks = await Array.fromAsync(api.client.everyTask({ status: 'COMPLETED', pageSize: 2 }))
  expect(tasks.map(({ videoId }) => videoId)).toEqual(['a', 'b', 'c'])
  expect(api.asked.map(({ url }) => url.search)).toEqual([
    '?status=COMPLETED&pageSize=2',
    '?status=COMPLETED&pageSize=2&cursor=after-b',
  ])
})

test.concurrent('a timeline is read at its task', async () => {
  const timeline = { videoId: 'video_1', events: [], truncated: false }
  await using api = await serve((response) => reply(response, 200, timeline))
  expect(await api.client.timeline('video_1')).toEqual(timeline)
  expect(api.asked).toMatchObject([{ method: 'GET', url: { pathname: '/api/video/tasks/video_1/timeline' } }])
})

test.concurrent('the language goes along before and after a login, and a session has its end', async () => {
  const session = { token: 'new', expiresAt: 7, user: { username: 'testuser' } }
  await using api = await serve((response) => reply(response, 200, session), { language: 'zh' })
  expect(await api.client.openSession('testuser', 'a-password')).toEqual(session)
  const client = await api.client.login('testuser', 'a-password')
  await client.task('video_1')
  expect(api.asked.map(({ headers }) => headers['accept-language'])).toEqual(['zh', 'zh', 'zh'])
  expect(api.asked[2]?.headers.authorization).toBe('Bearer new')
})

test('calls take and answer what the contract says', () => {
  expectTypeOf<{ status: 'FAILED'; all: true }>().toExtend<Parameters<ReelayClient['tasks']>[0]>()
  expectTypeOf<Awaited<ReturnType<ReelayClient['remix']>>['externalTaskId']>().toEqualTypeOf<string | null>()
  type Followed = ReturnType<ReelayClient['follow']> extends AsyncIterable<infer State> ? State : never
  expectTypeOf<Followed>().toHaveProperty('version')
  expectTypeOf<Followed>().not.toHaveProperty('prompt')
  // @ts-expect-error an extension needs a length
  void (() => createClient({ baseUrl: 'http://api' }).extend('video_1', { prompt: 'snow' }))
  // @ts-expect-error a remix needs a prompt
  void (() => createClient({ baseUrl: 'http://api' }).remix('video_1', {}))
})

function formIn(asked: Asked | undefined): Promise<FormData> {
  const headers = { 'content-type': asked?.headers['content-type'] ?? '' }
  return new Response(asked?.body, { headers }).formData()
}

async function jsonOf(part: unknown): Promise<unknown> {
  expect(part).toMatchObject({ type: 'application/json' })
  return JSON.parse(await (part as Blob).text())
}

import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { buildTestApp, type Headers, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp({ env: { MAX_UNFINISHED_PER_USER: '2' } })
afterAll(api.stop)

let user: TestUser
beforeEach(async () => {
  user = await api.aUser()
})

const create = (payload: object = { prompt: 'a cat' }, headers: Headers = {}, by = user) =>
  by.post('/api/video/tasks', payload, headers)
const retry = (videoId: string) => user.post(`/api/video/tasks/${videoId}/retry`, {})
const cancel = (videoId: string) => user.post(`/api/video/tasks/${videoId}/cancel`, {})
const resent = (count: number) => ({ 'x-stainless-retry-count': String(count) })

describe('a user with as many unfinished tasks as may be', () => {
  test('is told so and what is running', async () => {
    const queued = await api.aTask(user)
    const processing = await api.aTask(user, { status: 'PROCESSING' })
    const answer = await create()
    expect(answer.statusCode).toBe(429)
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    expect(answer.json()).toEqual({
      success: false,
      code: 'too_many_unfinished',
      error: expect.any(String),
      message: answer.json().error,
      details: {
        limit: 2,
        running: [
          { videoId: queued.videoId, status: 'QUEUED' },
          { videoId: processing.videoId, status: 'PROCESSING' },
        ],
      },
      requestId: expect.any(String),
    })
  })

  test('is refused a remix, too', async () => {
    const source = await api.aTask(user, { status: 'COMPLETED' })
    await aFullHouse()
    const answer = await user.post(`/api/video/tasks/${source.videoId}/remix`, { prompt: 'a dog' })
    expect([answer.statusCode, answer.json().code]).toEqual([429, 'too_many_unfinished'])
  })

  test('leaves nothing behind with a refused request', async () => {
    await aFullHouse()
    const before = await api.counts()
    await create({ prompt: 'a cat', clientRequestId: 'key' })
    await create({ prompt: 'a cat' }, resent(1))
    expect(await api.counts()).toEqual(before)
    await anEnd()
    const later = await create({ prompt: 'another cat', clientRequestId: 'key' })
    expect(later.statusCode).toBe(202)
  })

  test('is answered a key that is known', async () => {
    const body = { prompt: 'a cat', clientRequestId: 'key' }
    const first = await create(body)
    await api.aTask(user)
    const again = await create(body)
    expect(again.statusCode).toBe(202)
    expect(again.json().data).toEqual(first.json().data)
    const reused = await create({ ...body, prompt: 'a dog' })
    expect([reused.statusCode, reused.json().code]).toEqual([422, 'idempotency_key_reused'])
  })

  test('is answered the key of a task that has ended', async () => {
    const body = { prompt: 'a cat', clientRequestId: 'key' }
    const { videoId } = (await create(body)).json().data
    await api.worker.accept(videoId)
    await api.worker.complete(videoId)
    await aFullHouse()
    const again = await create(body)
    expect(again.statusCode).toBe(200)
    expect(again.json().data).toMatchObject({ videoId, status: 'completed' })
  })

  test('is answered a re-send of what is there', async () => {
    const first = await create({ prompt: 'a cat' }, resent(0))
    await api.aTask(user)
    const again = await create({ prompt: 'a cat' }, resent(1))
    expect(again.statusCode).toBe(202)
    expect(again.json().data.videoId).toBe(first.json().data.videoId)
    expect((await create({ prompt: 'a dog' }, resent(1))).statusCode).toBe(429)
    expect((await create({ prompt: 'a cat' }, resent(0))).statusCode).toBe(429)
  })

  test.each(['complete', 'fail', 'cancel'] as const)('has room again after a %s', async (end) => {
    await aFullHouse()
    expect((await create()).statusCode).toBe(429)
    await anEnd(end)
    expect((await create()).statusCode).toBe(202)
    expect((await create()).statusCode).toBe(429)
  })

  test('may not retry before one has ended', async () => {
    const failed = await api.aTask(user, { status: 'FAILED' })
    await aFullHouse()
    const refused = await retry(failed.videoId)
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    expect(refused.json()).toMatchObject({ code: 'too_many_unfinished', details: { limit: 2 } })
    expect(refused.json().details.running).toHaveLength(2)
    expect(await api.row(failed.videoId)).toEqual(failed)
    expect(await api.jobs()).not.toContain(`${failed.videoId}-2`)

    await anEnd()
    expect((await retry(failed.videoId)).statusCode).toBe(200)
    expect((await create()).statusCode).toBe(429)
  })

  test('is told first that a task can not be retried', async () => {
    const completed = await api.aTask(user, { status: 'COMPLETED' })
    await aFullHouse()
    expect((await retry(completed.videoId)).json().code).toBe('not_retryable')
  })

  test('may still cancel, read and list', async () => {
    const [videoId = ''] = await aFullHouse()
    expect((await user.get(`/api/video/tasks/${videoId}`)).statusCode).toBe(200)
    expect((await user.get('/api/video/tasks')).statusCode).toBe(200)
    expect((await cancel(videoId)).statusCode).toBe(200)
  })

  test('holds up no other user', async () => {
    await aFullHouse()
    const other = await api.aUser()
    expect((await create({ prompt: 'a cat' }, {}, other)).statusCode).toBe(202)
  })
})

test('a bad request is told what is bad first', async () => {
  await aFullHouse()
  expect((await create({ prompt: '' })).statusCode).toBe(400)
  const foreign = await api.aTask(await api.aUser(), { status: 'COMPLETED' })
  const answer = await user.post(`/api/video/tasks/${foreign.videoId}/remix`, { prompt: 'a dog' })
  expect(answer.json().code).toBe('source_not_found')
})

test('a user who ran into a large limit is shown twenty', async () => {
  await using roomy = await buildTestApp({ env: { MAX_UNFINISHED_PER_USER: '25' } })
  const busy = await roomy.aUser()
  for (let n = 0; n < 25; n += 1) await roomy.aTask(busy)
  const answer = await create({ prompt: 'a cat' }, {}, busy)
  expect(answer.statusCode).toBe(429)
  expect(answer.json().details.limit).toBe(25)
  expect(answer.json().details.running).toHaveLength(20)
})

test('without a limit nobody is turned away', async () => {
  await using open = await buildTestApp()
  const busy = await open.aUser()
  for (let n = 0; n < 10; n += 1) await open.aTask(busy)
  expect((await create({ prompt: 'a cat' }, {}, busy)).statusCode).toBe(202)
})

/** Two unfinished tasks, the second of them PROCESSING. */
async function aFullHouse(): Promise<string[]> {
  const queued = await api.aTask(user)
  const processing = await api.aTask(user, { status: 'PROCESSING' })
  return [queued.videoId, processing.videoId]
}

async function anEnd(end: 'complete' | 'fail' | 'cancel' = 'complete'): Promise<void> {
  const running = await api.tasks.unfinishedOf(user.id, 10)
  const { videoId = '' } = running.find(({ status }) => status === 'PROCESSING') ?? {}
  if (end === 'complete') await api.worker.complete(videoId)
  if (end === 'fail') await api.worker.fail(videoId, 'it broke')
  if (end === 'cancel') await cancel(videoId)
}

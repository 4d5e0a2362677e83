import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { buildTestApp, type Headers, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

let user: TestUser
beforeEach(async () => {
  user = await api.aUser()
})

/** Sends as an official SDK does, which says how often it has sent the same before. */
async function send(count: number | string | undefined, payload: object = { prompt: 'a cat' }, by = user) {
  const headers: Headers = count === undefined ? {} : { 'x-stainless-retry-count': String(count) }
  const answer = await by.post('/api/video/tasks', payload, headers)
  expect(answer.statusCode).toBe(202)
  return answer.json().data.videoId as string
}

async function remix(source: { videoId: string }, count: number, body: object = { prompt: 'a dog' }) {
  const headers = { 'x-stainless-retry-count': String(count) }
  const answer = await user.post(`/api/video/tasks/${source.videoId}/remix`, body, headers)
  expect(answer.statusCode).toBe(202)
  return answer.json().data.videoId as string
}

describe('a re-send', () => {
  test('is answered with the task of the first', async () => {
    const before = await api.counts()
    const first = await send(0)
    expect([await send(1), await send(2)]).toEqual([first, first])
    expect(await api.counts()).toEqual({ rows: before.rows + 1, jobs: before.jobs + 1 })
  })

  test('of a remix is answered with the task of the first', async () => {
    const source = await api.aTask(user, { status: 'COMPLETED' })
    const first = await remix(source, 0)
    expect(await remix(source, 1)).toBe(first)
  })

  test('is answered from the state of the row', async () => {
    const videoId = await send(0)
    await api.worker.accept(videoId, 'upstream_resent')
    const answer = await user.post(
      '/api/video/tasks',
      { prompt: 'a cat' },
      { 'x-stainless-retry-count': '1' },
    )
    expect(answer.statusCode).toBe(200)
    expect(answer.json().data).toMatchObject({ videoId, externalTaskId: 'upstream_resent' })
  })

  test('finds a first that did not say that it was one', async () => {
    const first = await send(undefined)
    expect(await send(1)).toBe(first)
  })

  test('is answered with the newest of several firsts', async () => {
    const [, second] = [await send(0), await send(0)]
    expect(await send(1)).toBe(second)
  })

  test('without a first is a task itself', async () => {
    const before = await api.counts()
    const videoId = await send(1)
    expect(await send(2)).toBe(videoId)
    expect(await api.counts()).toEqual({ rows: before.rows + 1, jobs: before.jobs + 1 })
  })

  test('at the same moment as its first is one task', async () => {
    const before = await api.counts()
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => send(n === 0 ? 0 : 1 + (n % 2))))
    expect(new Set(sent).size).toBe(1)
    expect(await api.counts()).toEqual({ rows: before.rows + 1, jobs: before.jobs + 1 })
  })

  test('twenty times at the same moment is one task', async () => {
    const first = await send(0)
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(1)))
    expect(new Set(sent)).toEqual(new Set([first]))
  })
})

describe('a re-send is another task when it has', () => {
  test.each<[string, object]>([
    ['prompt', { prompt: 'a dog' }],
    ['model', { prompt: 'a cat', model: 'sora-2-pro' }],
    ['size', { prompt: 'a cat', size: '720x720' }],
    ['metadata', { prompt: 'a cat', metadata: { shot: 3 } }],
  ])('another %s', async (_, body) => {
    const first = await send(0)
    expect(await send(1, body)).not.toBe(first)
  })

  test('another source', async () => {
    const sources = [
      await api.aTask(user, { status: 'COMPLETED' }),
      await api.aTask(user, { status: 'COMPLETED' }),
    ]
    const made = []
    for (const [count, source] of sources.entries()) made.push(await remix(source, count))
    expect(new Set(made).size).toBe(2)
  })

  test('another user', async () => {
    const first = await send(0)
    expect(await send(1, { prompt: 'a cat' }, await api.aUser())).not.toBe(first)
  })

  test('a first of more than five minutes ago', async () => {
    const first = await send(0)
    await api.worker.touch(first, `created_at = clock_timestamp() - interval '4 minutes'`)
    expect(await send(1)).toBe(first)
    await api.worker.touch(first, `created_at = clock_timestamp() - interval '5 minutes 10 seconds'`)
    expect(await send(1)).not.toBe(first)
  })

  test('a first that had a key of its own', async () => {
    const first = await send(0, { prompt: 'a cat', clientRequestId: 'key' })
    expect(await send(1)).not.toBe(first)
  })
})

test('a re-send with a key goes by its key', async () => {
  const body = { prompt: 'a cat', clientRequestId: 'key' }
  const keyless = await send(0)
  const first = await send(0, body)
  expect(await send(1, body)).toBe(first)
  expect(first).not.toBe(keyless)
})

test('two that say they are first are two tasks', async () => {
  expect(await send(0)).not.toBe(await send(0))
})

test('two that say nothing are two tasks', async () => {
  expect(await send(undefined)).not.toBe(await send(undefined))
})

test.each(['yes', '-1', '1.5', '1e3', '0x1', '1, 1', '١', '1000', ''])(
  'a count of %j is ignored',
  async (count) => {
    const first = await send(0)
    expect(await send(Buffer.from(count).toString('latin1'))).not.toBe(first)
  },
)

import { afterAll, expect, test } from 'vitest'
import { buildTestApp, type Headers, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()

const create = (payload: object, headers: Headers = {}, by: TestUser = user) =>
  by.post('/api/video/tasks', payload, headers)

let keys = 0
const aKey = () => `key-${++keys}`

test('the same request twice is one task and one job', async () => {
  const key = { 'idempotency-key': aKey() }
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const path = `/api/video/tasks/${source.videoId}/remix`
  const before = await api.counts()
  const first = await user.post(path, { prompt: 'a dog' }, key)
  const second = await user.post(path, { prompt: 'a dog' }, key)
  expect(second.statusCode).toBe(202)
  expect(second.json().data).toEqual(first.json().data)
  expect(await api.counts()).toEqual({ rows: before.rows + 1, jobs: before.jobs + 1 })
})

test('header and clientRequestId are the same thing', async () => {
  const key = aKey()
  const first = await create({ prompt: 'a cat' }, { 'idempotency-key': key })
  const second = await create({ prompt: 'a cat', clientRequestId: key })
  const both = await create({ prompt: 'a cat', clientRequestId: key }, { 'idempotency-key': key })
  expect(second.json().data.videoId).toBe(first.json().data.videoId)
  expect(both.json().data.videoId).toBe(first.json().data.videoId)
  expect((await user.get(`/api/video/tasks?clientRequestId=${key}`)).json().data).toMatchObject({
    total: 1,
    tasks: [{ clientRequestId: key }],
  })
})

test('the order of metadata keys does not matter', async () => {
  const clientRequestId = aKey()
  const one = { a: 1, b: { c: [1, 2], d: 2 } }
  const other = { b: { d: 2, c: [1, 2] }, a: 1 }
  const first = await create({ prompt: 'a cat', metadata: one, clientRequestId })
  const second = await create({ clientRequestId, metadata: other, prompt: 'a cat' })
  expect(second.json().data.videoId).toBe(first.json().data.videoId)
})

test.each([
  ['prompt', { prompt: 'a dog' }],
  ['model', { model: 'sora-2-pro' }],
  ['size', { size: '720x720' }],
  ['metadata', { metadata: { a: [2, 1] } }],
])('a key with another %s is refused', async (_, change) => {
  const body = { prompt: 'a cat', metadata: { a: [1, 2] }, clientRequestId: aKey() }
  await create(body)
  const before = await api.counts()
  const refused = await create({ ...body, ...change })
  expect(refused.statusCode).toBe(422)
  expect(refused.json().code).toBe('idempotency_key_reused')
  expect(await api.counts()).toEqual(before)
})

test('a key with another source is refused', async () => {
  const sources = [
    await api.aTask(user, { status: 'COMPLETED' }),
    await api.aTask(user, { status: 'COMPLETED' }),
  ]
  const body = { prompt: 'a dog', clientRequestId: aKey() }
  const answers = []
  for (const { videoId } of sources) answers.push(await user.post(`/api/video/tasks/${videoId}/remix`, body))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 422])
  expect(answers[1]?.json().code).toBe('idempotency_key_reused')
})

test('two different keys in one request are refused', async () => {
  const before = await api.counts()
  const refused = await create({ prompt: 'a cat', clientRequestId: aKey() }, { 'idempotency-key': aKey() })
  expect(refused.statusCode).toBe(400)
  expect(refused.json().details).toMatchObject([{ field: 'clientRequestId' }])
  expect(await api.counts()).toEqual(before)
})

test.each(['', 'x'.repeat(256), 'naïve'])('the header %j is no key', async (key) => {
  const before = await api.counts()
  const refused = await create({ prompt: 'a cat' }, { 'idempotency-key': key })
  expect(refused.statusCode).toBe(400)
  expect(refused.json().details).toMatchObject([{ field: 'Idempotency-Key' }])
  expect(await api.counts()).toEqual(before)
})

test('twenty at the same moment make one task', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const before = await api.counts()
  const key = { 'idempotency-key': aKey() }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      user.post(`/api/video/tasks/${source.videoId}/remix`, { prompt: 'a dog' }, key),
    ),
  )
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]))
  expect(new Set(answers.map((answer) => answer.json().data.videoId)).size).toBe(1)
  expect(await api.counts()).toEqual({ rows: before.rows + 1, jobs: before.jobs + 1 })
})

test('a key of another user is free', async () => {
  const stranger = await api.aUser()
  const body = { prompt: 'a cat', clientRequestId: aKey() }
  const own = await create(body)
  const theirs = await create(body, {}, stranger)
  expect(theirs.statusCode).toBe(202)
  expect(theirs.json().data.videoId).not.toBe(own.json().data.videoId)
})

test('a refused request leaves no key behind', async () => {
  const source = await api.aTask(user, { status: 'PROCESSING' })
  const path = `/api/video/tasks/${source.videoId}/remix`
  const key = { 'idempotency-key': aKey() }
  expect((await user.post(path, { prompt: 'a dog' }, key)).statusCode).toBe(422)
  expect((await user.post(path, { prompt: '' }, key)).statusCode).toBe(400)
  await api.worker.complete(source.videoId)
  expect((await user.post(path, { prompt: 'another dog' }, key)).statusCode).toBe(202)
})

test('two requests without a key are two tasks', async () => {
  const [first, second] = [await create({ prompt: 'a cat' }), await create({ prompt: 'a cat' })]
  expect(second.json().data.videoId).not.toBe(first.json().data.videoId)
})

test('a repeated request is answered from the state of the row', async () => {
  const body = { prompt: 'a cat', clientRequestId: aKey() }
  const { videoId } = (await create(body)).json().data
  await api.worker.accept(videoId, 'upstream_1')
  const processing = await create(body)
  expect(processing.statusCode).toBe(200)
  expect(processing.json().data).toMatchObject({
    videoId,
    externalTaskId: 'upstream_1',
    status: 'processing',
  })
  await api.worker.complete(videoId)
  expect((await create(body)).json().data).toMatchObject({ videoId, status: 'completed' })

  const another = { prompt: 'a dog', clientRequestId: aKey() }
  const refused = (await create(another)).json().data
  await api.worker.refuse(refused.videoId, { errorCode: 'moderation_blocked' })
  const again = await create(another)
  expect(again.statusCode).toBe(422)
  expect(again.json()).toMatchObject({ code: 'moderation_blocked', details: { videoId: refused.videoId } })
})

import { afterAll, describe, expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp, noVideoId } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()

const retry = (videoId: string, body: object | string = {}, by = user) =>
  by.post(`/api/video/tasks/${videoId}/retry`, body)

const aCancelled = async (by = user) => {
  const { videoId } = await api.aTask(by, { status: 'PROCESSING' })
  await by.post(`/api/video/tasks/${videoId}/cancel`, {})
  return api.row(videoId)
}
const aFailed = (by = user) => api.aTask(by, { status: 'FAILED' })
const ended = { FAILED: aFailed, CANCELLED: aCancelled }

describe('a retry', () => {
  test.each(['FAILED', 'CANCELLED'] as const)('of a task that is %s queues it again', async (status) => {
    const { videoId, version } = await ended[status]()
    const answer = await retry(videoId)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ success: true, data: expect.any(Object) })
    expect(answer.json().data).toMatchObject({
      videoId,
      status: 'QUEUED',
      attempt: 2,
      version: version + 1,
      progress: 0,
      externalTaskId: null,
      errorCode: null,
      errorMessage: null,
      upstreamCode: null,
      completedAt: null,
      prompt: 'a cat',
    })
    expect((await user.get(`/api/video/tasks/${videoId}`)).json().data).toEqual(answer.json().data)
    expect(await api.row(videoId)).toMatchObject({ force: false, autoRetriesUsed: 0 })
    expect(await api.jobs()).toContain(`${videoId}-2`)
  })

  test('needs no body, whatever its type is said to be', async () => {
    const { videoId } = await aFailed()
    const path = `/api/video/tasks/${videoId}/retry`
    const answer = await user.post(path, '', { 'content-type': 'application/json' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json().data).toMatchObject({ videoId, status: 'QUEUED', attempt: 2 })
  })

  test('keeps the source that the task was made from', async () => {
    const source = await api.aTask(user, { status: 'COMPLETED' })
    const path = `/api/video/tasks/${source.videoId}/remix`
    const { videoId } = (await user.post(path, { prompt: 'a dog', metadata: { shot: 3 } })).json().data
    const { metadata } = await api.worker.refuse(videoId)
    const { data } = (await retry(videoId)).json()
    expect(data).toMatchObject({ prompt: 'a dog', remixed_from: source.videoId, metadata })
    expect(data.metadata).toEqual({
      shot: 3,
      type: 'remix',
      remix_from: source.videoId,
      remix_from_external: source.externalTaskId,
    })
  })

  test.each(['QUEUED', 'PROCESSING', 'COMPLETED'] as const)(
    'of a task that is %s is refused',
    async (status) => {
      const task = await api.aTask(user, { status })
      const answer = await retry(task.videoId, { force: true })
      expect(answer.statusCode).toBe(422)
      expect(answer.json()).toMatchObject({
        success: false,
        code: 'not_retryable',
        details: { videoId: task.videoId, status },
      })
      expect(await api.row(task.videoId)).toEqual(task)
      expect(await api.jobs()).not.toContain(`${task.videoId}-2`)
    },
  )

  test('twice is one retry and one refusal', async () => {
    const { videoId } = await aFailed()
    const answers = await Promise.all([retry(videoId), retry(videoId)])
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 422])
    const refused = answers.find(({ statusCode }) => statusCode === 422)
    expect(refused?.json()).toMatchObject({ code: 'not_retryable', details: { videoId, status: 'QUEUED' } })
    expect(await api.row(videoId)).toMatchObject({ status: 'QUEUED', attempt: 2 })
  })

  test('of a foreign or made-up task answers alike', async () => {
    const foreign = await aFailed(await api.aUser())
    const answers = []
    for (const name of [foreign.videoId, noVideoId(), 'nope']) {
      const { statusCode, ...answer } = await retry(name, { force: true })
      const { requestId, ...body } = answer.json()
      answers.push({ statusCode, body })
    }
    expect(answers[0]).toMatchObject({ statusCode: 404, body: { code: 'task_not_found' } })
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await api.row(foreign.videoId)).toEqual(foreign)
  })

  test('after a retry that failed, too, is the third attempt', async () => {
    const { videoId } = await aFailed()
    await retry(videoId)
    const failure = { errorCode: 'timeout', errorMessage: 'late' } as const
    await api.ledger.failUnsent(await api.row(videoId), failure)
    expect((await retry(videoId)).json().data).toMatchObject({ status: 'QUEUED', attempt: 3 })
    expect(await api.jobs()).toContain(`${videoId}-3`)
  })
})

describe('the body of a retry', () => {
  test('may be absent', async () => {
    const { videoId } = await aFailed()
    const answer = await api.app.inject({
      method: 'POST',
      url: `/api/video/tasks/${videoId}/retry`,
      headers: { authorization: `Bearer ${user.token}` },
    })
    expect(answer.statusCode).toBe(200)
    expect(await api.row(videoId)).toMatchObject({ status: 'QUEUED', force: false })
  })

  test.each([
    [{}, false],
    [{ force: false }, false],
    [{ force: null }, false],
    [{ force: true }, true],
  ])('%j leaves the row with force %s', async (body, force) => {
    const { videoId } = await aCancelled()
    expect((await retry(videoId, body)).statusCode).toBe(200)
    expect(await api.row(videoId)).toMatchObject({ status: 'QUEUED', attempt: 2, force })
  })

  test.each<[object, string]>([
    [{ force: 'yes' }, 'force'],
    [{ force: 1 }, 'force'],
    [{ forced: true }, 'forced'],
    [{ force: true, attempt: 1 }, 'attempt'],
    [[true], 'body'],
  ])('%j is refused and nothing moves', async (body, field) => {
    const task = await aFailed()
    const answer = await retry(task.videoId, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
    expect(await api.row(task.videoId)).toEqual(task)
    expect(await api.jobs()).not.toContain(`${task.videoId}-2`)
  })
})

describe('a listener hears of a retry', () => {
  test('as a task that is queued once more', async () => {
    const { videoId } = await aFailed()
    const feed = await openFeed(origin, user)
    const failed = await feed.heard(videoId, ({ status }) => status === 'FAILED')
    await retry(videoId)
    const { payload } = await feed.heard(videoId, ({ status }) => status === 'QUEUED')
    expect(payload).toMatchObject({ attempt: 2, version: failed.payload.version + 1, errorCode: null })
    expect(payload).not.toHaveProperty('error')
    expect(payload).not.toHaveProperty('prompt')
  })

  test('only when it is the listener’s own', async () => {
    const stranger = await api.aUser()
    const [theirs, own] = [await aFailed(stranger), await aFailed()]
    const feed = await openFeed(origin, user)
    await retry(theirs.videoId, {}, stranger)
    await retry(own.videoId)
    await feed.heard(own.videoId, ({ status }) => status === 'QUEUED')
    expect(feed.versions(theirs.videoId)).toEqual([])
  })
})

test('while Redis is away the retried row is the promise', async () => {
  await using lonely = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const owner = await lonely.aUser()
  const { videoId } = await lonely.aTask(owner, { status: 'FAILED' })
  const answer = await retry(videoId, {}, owner)
  expect(answer.statusCode).toBe(200)
  expect(answer.json().data).toMatchObject({ videoId, status: 'QUEUED', attempt: 2 })
  expect(await lonely.row(videoId)).toMatchObject({ status: 'QUEUED', attempt: 2 })
})

import { afterAll, beforeEach, expect, test } from 'vitest'
import { retryTask } from '../src/retry-task.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)

let user: string
beforeEach(async () => {
  user = await relay.aUser()
})

const retry = (videoId: string, { force = false, deps = relay.deps } = {}) =>
  retryTask({ user, videoId, force }, deps)

async function aFailed() {
  return relay.refuse((await relay.aTask(user)).videoId)
}

test.each([false, true])('a failed task is queued once more with force %s', async (force) => {
  const { videoId } = await aFailed()
  const moved = await retry(videoId, { force })
  expect(moved).toMatchObject({ videoId, status: 'QUEUED', attempt: 2, force })
  const job = await relay.job('submit', moved)
  expect(JSON.parse(job.data ?? '')).toMatchObject({ attempt: 2, requestId: 'request-7' })
})

test('listeners hear of a retry', async () => {
  const { videoId } = await aFailed()
  const heard = await relay.hear(user)
  await retry(videoId)
  await expect
    .poll(() => heard.map(({ payload }) => payload))
    .toMatchObject([{ videoId, attempt: 2, status: 'QUEUED' }])
})

test('a task that did not end badly is not retried', async () => {
  const { videoId } = await relay.aTask(user)
  const code = 'not_retryable'
  await expect(retry(videoId)).rejects.toMatchObject({ code, details: { videoId, status: 'QUEUED' } })
})

test('a task of another user is not found', async () => {
  const { videoId } = await aFailed()
  user = await relay.aUser()
  await expect(retry(videoId)).rejects.toMatchObject({ code: 'task_not_found' })
})

test('who has as many unfinished tasks as may be has to wait', async () => {
  const failed = await aFailed()
  await relay.aTask(user)
  const limited = retry(failed.videoId, { deps: { ...relay.deps, maxUnfinished: 1 } })
  await expect(limited).rejects.toMatchObject({ code: 'too_many_unfinished', details: { limit: 1 } })
  expect(await relay.row(failed.videoId)).toEqual(failed)
})

test('a task that only a credential of before could make is not queued again', async () => {
  const { videoId } = await aFailed()
  await relay.moveTo(videoId, 'gone/a')
  await expect(retry(videoId)).rejects.toMatchObject({ code: 'source_upstream_gone' })
  expect(await relay.row(videoId)).toMatchObject({ status: 'FAILED', attempt: 1 })
})

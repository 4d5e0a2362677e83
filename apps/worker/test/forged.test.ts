import { jobId } from '@reelay/contracts/jobs'
import { keyPrefix } from '@reelay/queue/queues'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aWorker } from './a-worker.ts'

/** What an operator can do to a queue by hand, as the board does it. */
let running: Awaited<ReturnType<typeof aWorker>>
let submits: Queue
let searches: Queue
let polls: Queue

beforeAll(async () => {
  running = await aWorker({ SWEEP_INTERVAL_MS: '1000' })
  const options = {
    connection: { url: running.config.redis.url },
    prefix: keyPrefix(running.config.redis.prefix),
  }
  submits = new Queue('submit', options)
  searches = new Queue('reconcile', options)
  polls = new Queue('poll', options)
})
afterAll(async () => {
  await Promise.all([submits.close(), searches.close(), polls.close()])
  await running[Symbol.asyncDispose]()
})

test('a job for a task that is not there pays nothing', async () => {
  const before = await running.paid()
  for (const queue of [submits, searches, polls])
    await queue.add('by hand', { v: 1, videoId: 'video_1767225600000_forgedone', attempt: 1 })
  await untilIdle()
  expect(await running.paid()).toBe(before)
})

test('jobs for every state but QUEUED, and for other attempts, pay nothing', async () => {
  const completed = await finished()
  const cancelled = await running.aTask()
  await running.cancel(cancelled)
  const waiting = await running.aTask()
  const before = await running.paid()

  for (const { videoId } of [completed, cancelled, waiting]) {
    for (const attempt of [2, 3, 99]) await submits.add('by hand', { v: 1, videoId, attempt })
    for (const attempt of [1, 2]) await polls.add('by hand', { v: 1, videoId, attempt })
    for (const attempt of [1, 2]) await searches.add('by hand', { v: 1, videoId, attempt })
  }
  for (const { videoId } of [completed, cancelled]) await submits.add('submit', { v: 1, videoId, attempt: 1 })
  await untilIdle()
  // What is looked for and was never sent is submitted, as it always is: that is its first payment.
  expect(await running.paid()).toBeLessThanOrEqual(before + 1)
  expect(await running.statusOf(completed)).toBe('COMPLETED')
  expect(await running.statusOf(cancelled)).toBe('CANCELLED')
})

test('many jobs for one task pay once', async () => {
  const task = await running.aTask()
  const before = await running.paid()
  const data = { v: 1, videoId: task.videoId, attempt: 1 }
  await submits.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: 'by hand', data: { ...data, i } })))
  await expect.poll(() => running.statusOf(task)).toBe('COMPLETED')
  await untilIdle()
  expect(await running.paid()).toBe(before + 1)
})

test('a job that was edited to name another task pays nothing twice', async () => {
  const completed = await finished()
  const before = await running.paid()
  const job = await submits.add(
    'submit',
    { v: 1, videoId: 'video_1767225600000_forgedtwo', attempt: 1 },
    { delay: 60_000 },
  )
  await job.updateData({
    v: 1,
    videoId: completed.videoId,
    attempt: 1,
    externalTaskId: null,
    prompt: 'another',
  })
  await job.promote()
  await untilIdle()
  expect(await running.paid()).toBe(before)
})

test('a job that says nothing at all is dropped and pays nothing', async () => {
  const before = await running.paid()
  for (const data of [{}, { v: 1 }, { v: 1, videoId: '../admin', attempt: 1 }, 'text', null, [1]])
    await submits.add('by hand', data)
  await untilIdle()
  expect(await running.paid()).toBe(before)
})

test('a job spoilt by hand is replaced, and its task is made', async () => {
  const task = await running.aTask()
  await submits.add('by hand', { v: 1 }, { jobId: jobId(task.videoId, task.attempt) })
  await expect.poll(() => running.statusOf(task)).toBe('COMPLETED')
})

test('a job of a newer version is handed back as it is', async () => {
  const data = { v: 2, videoId: 'video_1767225600000_forgednew', attempt: 1, notes: { looks: 3 } }
  const job = await submits.add('by hand', data)
  await expect.poll(() => job.getState()).toBe('delayed')
  expect((await submits.getJob(job.id as string))?.data).toEqual(data)
  await job.remove()
})

async function finished() {
  const task = await running.aTask()
  await running.queues.enqueueSubmit(task)
  await expect.poll(() => running.statusOf(task)).toBe('COMPLETED')
  return task
}

async function untilIdle(): Promise<void> {
  const left = async () => {
    let sum = 0
    // A job that leads to another one adds it to a queue that is looked at later.
    for (const queue of [polls, searches, submits]) sum += await jobsOf(queue)
    return sum
  }
  await expect.poll(left).toBe(0)
}

async function jobsOf(queue: Queue): Promise<number> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'active', 'delayed')
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

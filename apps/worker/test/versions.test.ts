import { keyPrefix } from '@reelay/queue/queues'
import { Queue, Worker } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { aWorker } from './a-worker.ts'

/** What a later release could put into its jobs. */
const NextPayload = z.object({ v: z.literal(2), task: z.string() })

test('an older worker hands a newer job back until a newer worker comes', async () => {
  await using older = await aWorker()
  const options = {
    connection: { url: older.config.redis.url },
    prefix: keyPrefix(older.config.redis.prefix),
  }
  const queue = new Queue('submit', options)
  onTestFinished(() => queue.close())
  const data = { v: 2, task: 'video_1767225600000_abcdefg' }
  const job = await queue.add('submit', data, { jobId: 'video_1767225600000_abcdefg-1', priority: 1 })
  await expect.poll(() => job.getState()).toBe('delayed')
  expect((await queue.getJob(job.id ?? ''))?.data).toEqual(data)

  const taken: unknown[] = []
  const newer = new Worker('submit', async ({ data }) => void taken.push(NextPayload.parse(data)), options)
  onTestFinished(() => newer.close())
  await newer.waitUntilReady()
  // The two take turns at it: each time the older one has handed it back, it is due again.
  await expect
    .poll(
      async () => {
        if (taken.length === 0) await job.promote().catch(() => {})
        return taken
      },
      { interval: 100 },
    )
    .toEqual([data])
  expect(await older.paid()).toBe(0)
})

test('a worker takes jobs of its own version with fields it doesn’t know', async () => {
  await using running = await aWorker()
  const queue = new Queue('submit', {
    connection: { url: running.config.redis.url },
    prefix: keyPrefix(running.config.redis.prefix),
  })
  onTestFinished(() => queue.close())
  const task = await running.aTask()
  const data = {
    v: 1,
    videoId: task.videoId,
    attempt: 1,
    requestId: 'x'.repeat(1000),
    trace: { of: 'tomorrow' },
  }
  await queue.add('submit', data, { jobId: `${task.videoId}-1` })
  await expect.poll(() => running.statusOf(task)).toBe('COMPLETED')
})

import { JobPayload } from '@reelay/contracts/jobs'
import { DelayedError, type Job, Worker } from 'bullmq'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Attempt, createQueues, keyPrefix, type Queues } from '../src/queues.ts'
import { aConnection, aPrefix, aTask, redisUrl } from './redis.ts'

let prefix: string
let queues: Queues
let redis: ReturnType<typeof aConnection>
beforeEach(() => {
  prefix = aPrefix()
  redis = aConnection('worker')
  queues = createQueues({ connection: aConnection('producer', redisUrl), prefix })
  onTestFinished(() => queues.close())
})

describe('submit jobs are taken', () => {
  test("one user's first before another's second", async () => {
    const many = someTasks(10)
    for (const [n, task] of many.entries()) await queues.enqueueSubmit(task, n + 1)
    const single = aTask()
    await queues.enqueueSubmit(single, 1)
    const [first, ...rest] = many
    expect(await takenOrder(11)).toEqual(names([first, single, ...rest]))
  })

  test('in the order they came among equals', async () => {
    const tasks = someTasks(10)
    for (const task of tasks) await queues.enqueueSubmit(task, 3)
    expect(await takenOrder(10)).toEqual(names(tasks))
  })

  test('first when nothing is said of their place', async () => {
    const [second, first] = someTasks(2)
    await queues.enqueueSubmit(second as Attempt, 2)
    await queues.enqueueSubmit(first as Attempt)
    expect(await takenOrder(2)).toEqual(names([first, second]))
  })

  test('last when their place is further than BullMQ counts', async () => {
    const [last, first] = someTasks(2)
    await queues.enqueueSubmit(last as Attempt, 1e9)
    await queues.enqueueSubmit(first as Attempt, 1000)
    expect(await takenOrder(2)).toEqual(names([first, last]))
  })

  test('at the place that a sweep found for them', async () => {
    const [there, third, first, unplaced] = someTasks(4) as [Attempt, Attempt, Attempt, Attempt]
    await queues.enqueueSubmit(there, 2)
    const asked: unknown[] = []
    const added = await queues.enqueueMissing('submit', [there, third, first, unplaced], async (videoIds) => {
      asked.push(videoIds)
      return new Map([
        [third.videoId, 3],
        [first.videoId, 1],
      ])
    })
    expect(added).toBe(3)
    expect(asked).toEqual([[third, first, unplaced].map(({ videoId }) => videoId)])
    expect(await takenOrder(4)).toEqual(names([first, unplaced, there, third]))
  })

  test('at their old place after a snooze', async () => {
    const [snoozing, before, after] = someTasks(3) as [Attempt, Attempt, Attempt]
    await queues.enqueueSubmit(snoozing, 2)
    let dueAt = 0
    const taken = await takenOrder(4, async (job, token) => {
      if (nameOf(job) === snoozing.videoId && dueAt === 0) {
        await queues.enqueueSubmit(before, 1)
        await queues.enqueueSubmit(after, 3)
        dueAt = Date.now() + 50
        await job.moveToDelayed(dueAt, token)
        throw new DelayedError()
      }
      if (nameOf(job) === before.videoId) await expect.poll(() => Date.now() > dueAt).toBe(true)
    })
    expect(taken).toEqual(names([snoozing, before, snoozing, after]))
  })
})

/** Names in the order in which a single worker took so many jobs. */
async function takenOrder(
  count: number,
  work: (job: Job, token: string | undefined) => Promise<void> = async () => {},
): Promise<string[]> {
  const taken: string[] = []
  const worker = new Worker(
    'submit',
    async (job, token) => {
      taken.push(nameOf(job))
      await work(job, token)
    },
    { connection: redis, prefix: keyPrefix(prefix), concurrency: 1 },
  )
  try {
    await expect.poll(() => taken.length).toBeGreaterThanOrEqual(count)
    return taken
  } finally {
    await worker.close()
  }
}

function someTasks(count: number): Attempt[] {
  return Array.from({ length: count }, () => aTask())
}

function names(tasks: (Attempt | undefined)[]): (string | undefined)[] {
  return tasks.map((task) => task?.videoId)
}

function nameOf(job: Job): string {
  return JobPayload.parse(job.data).videoId
}

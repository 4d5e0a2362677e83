import { JobPayload, queueNames } from '@reelay/contracts/jobs'
import { Queue, Worker } from 'bullmq'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createQueues, keyPrefix, type Queues } from '../src/queues.ts'
import { aConnection, aPrefix, aTask, redisUrl } from './redis.ts'

let prefix: string
let queues: Queues
let redis: ReturnType<typeof aConnection>
beforeEach(async () => {
  prefix = aPrefix()
  redis = aConnection('worker')
  queues = createQueues({ connection: aConnection('producer', redisUrl), prefix })
  onTestFinished(() => queues.close())
})

test('a glance counts what is due, what runs, what is not due, and says who paused', async () => {
  const idle = { waiting: 0, active: 0, delayed: 0, paused: false, pausedUntil: null }
  expect(await queues.glances()).toEqual(queueNames.map((name) => ({ name, ...idle })))
  for (const task of [aTask(), aTask()]) await queues.enqueueSubmit(task)
  await queues.enqueuePoll(aTask(), 60_000)
  await queues.enqueuePoll(aTask())
  await aQueue('submit').pause()
  expect(await queues.glances()).toEqual([
    { name: 'submit', ...idle, waiting: 2, paused: true },
    { name: 'reconcile', ...idle },
    { name: 'poll', ...idle, waiting: 1, delayed: 1 },
    { name: 'archive', ...idle },
  ])
})

describe('enqueuing', () => {
  test('a task names its attempt in the job id', async () => {
    const task = aTask(3)
    await queues.enqueueSubmit(task)
    const [job] = await jobs('submit')
    expect(job?.id).toBe(`${task.videoId}-3`)
    expect(await job?.getState()).toBe('prioritized')
    expect(JobPayload.parse(job?.data)).toEqual({ v: 1, ...task })
  })

  test('twice, or twenty times at once, is one job', async () => {
    const task = aTask()
    await Promise.all(Array.from({ length: 20 }, () => queues.enqueueSubmit(task)))
    await queues.enqueueSubmit(task)
    expect(await jobs('submit')).toHaveLength(1)
  })

  test('two attempts, or on both queues, is two jobs', async () => {
    const task = aTask()
    await queues.enqueueSubmit(task)
    await queues.enqueueSubmit({ ...task, attempt: 2 })
    await queues.enqueuePoll(task)
    expect(await jobs('submit')).toHaveLength(2)
    expect(await jobs('poll')).toHaveLength(1)
  })

  test('a poll with a delay waits that long', async () => {
    await queues.enqueuePoll(aTask(), 60_000)
    const [job] = await jobs('poll')
    expect(job?.delay).toBe(60_000)
    expect(await job?.getState()).toBe('delayed')
  })

  test('carries ids and nothing else of the task', async () => {
    const task = { ...aTask(), prompt: 'canary', userId: 'canary', metadata: { own: 'canary' } }
    await queues.enqueueSubmit(task)
    await queues.enqueuePoll(task)
    await queues.enqueueMissing('poll', [{ ...task, attempt: 2 }])
    const keys = await redis.keys(`${keyPrefix(prefix)}:*`)
    const hashes = await Promise.all(
      keys.filter((key) => key.includes('video_')).map((key) => redis.hgetall(key)),
    )
    expect(hashes).toHaveLength(3)
    expect(JSON.stringify(hashes)).not.toContain('canary')
  })

  test('puts every key under one hash tag', async () => {
    await queues.enqueueSubmit(aTask())
    const keys = await redis.keys(`*${prefix}*`)
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(key).toMatch(new RegExp(`^\\{${prefix}\\}:`))
  })

  test('leaves nothing behind when a job is done', async () => {
    const task = aTask()
    await queues.enqueueSubmit(task)
    const queue = aQueue('submit')
    const done = Promise.withResolvers<void>()
    const worker = new Worker('submit', async () => {}, { connection: redis, prefix: keyPrefix(prefix) })
    worker.on('completed', () => done.resolve())
    await done.promise
    await worker.close()
    expect(await queue.getJob(`${task.videoId}-1`)).toBeUndefined()
    await queues.enqueueSubmit(task)
    expect(await jobs('submit')).toHaveLength(1)
  })
})

describe('enqueuing what is missing', () => {
  test('adds only what is not there', async () => {
    const [waiting, delayed, missing, another] = [aTask(), aTask(), aTask(), aTask()]
    await queues.enqueueMissing('poll', [waiting])
    await queues.enqueuePoll(delayed, 60_000)
    expect(await queues.enqueueMissing('poll', [waiting, delayed, missing, another])).toBe(2)
    expect(await jobs('poll')).toHaveLength(4)
    expect(await queues.enqueueMissing('poll', [waiting, delayed, missing, another])).toBe(0)
  })

  test('finds each job wherever it is', async () => {
    const queue = aQueue('submit')
    const [inTurn, later, running] = [aTask(), aTask(), aTask()]
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const worker = new Worker('submit', () => ended, { connection: redis, prefix: keyPrefix(prefix) })
    await queues.enqueueSubmit(running)
    await expect.poll(() => queue.getActiveCount()).toBe(1)
    await queues.enqueueSubmit(inTurn)
    await queue.add('submit', { v: 1, ...later }, { jobId: `${later.videoId}-1`, delay: 60_000 })

    expect(await queues.enqueueMissing('submit', [inTurn, later, running])).toBe(0)
    end()
    await worker.close()
  })

  test('adds a job again that it saw before and that is gone', async () => {
    const task = aTask()
    await queues.enqueuePoll(task)
    expect(await queues.enqueueMissing('poll', [task])).toBe(0)
    await queues.remove('poll', task)
    await expect.poll(() => queues.enqueueMissing('poll', [task])).toBe(1)
    expect(await jobs('poll')).toHaveLength(1)
  })

  test('adds nothing for nobody', async () => {
    expect(await queues.enqueueMissing('submit', [])).toBe(0)
  })

  test('replaces a job of which only the hash is left', async () => {
    const task = aTask()
    await redis.hset(`${keyPrefix(prefix)}:submit:${task.videoId}-1`, { name: 'submit', data: '{}' })
    await queues.enqueueSubmit(task)
    expect(await aQueue('submit').getWaitingCount()).toBe(0)

    expect(await queues.enqueueMissing('submit', [task])).toBe(1)

    const [job] = await jobs('submit')
    expect(job?.data).toEqual({ v: 1, ...task })
    expect(await job?.getState()).toBe('prioritized')
  })

  test('leaves a delayed job its delay', async () => {
    const task = aTask()
    await queues.enqueuePoll(task, 60_000)
    await queues.enqueueMissing('poll', [task])
    expect(await (await jobs('poll'))[0]?.getState()).toBe('delayed')
  })

  test('brings back what a flushed Redis forgot', async () => {
    const tasks = Array.from({ length: 50 }, () => aTask())
    for (const task of tasks) await queues.enqueuePoll(task, 60_000)
    await redis.del(...(await redis.keys(`${keyPrefix(prefix)}:*`)))
    expect(await queues.enqueueMissing('poll', tasks)).toBe(50)
    expect(await jobs('poll')).toHaveLength(50)
  })
})

test('a pause holds for its time and ends by itself', async () => {
  await queues.pause('submit', 60_000)
  const limiter = `${keyPrefix(prefix)}:submit:limiter`
  expect(await redis.pttl(limiter)).toBeGreaterThan(5000)
  expect(await redis.exists(limiter.replace('submit', 'poll'))).toBe(0)
})

function aQueue(name: 'submit' | 'poll'): Queue {
  const queue = new Queue(name, { connection: redis, prefix: keyPrefix(prefix) })
  onTestFinished(() => queue.close())
  return queue
}

function jobs(name: 'submit' | 'poll') {
  return aQueue(name).getJobs(['waiting', 'delayed', 'active', 'prioritized'])
}

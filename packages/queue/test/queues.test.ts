import { JobPayload, LanePayload, type QueueName, queueNames } from '@reelay/contracts/jobs'
import { Queue, Worker } from 'bullmq'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createQueues, keyPrefix, type Queues } from '../src/queues.ts'
import { aConnection, aLane, aPrefix, aTask, redisUrl } from './redis.ts'

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
  await queues.enqueuePoll(aLane(), 60_000)
  await queues.enqueuePoll(aLane())
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
    await queues.enqueueReconcile(task)
    expect(await jobs('submit')).toHaveLength(2)
    expect(await jobs('reconcile')).toHaveLength(1)
  })

  test('a lane names its credential and phase', async () => {
    const lane = aLane(19)
    await queues.enqueuePoll(lane)
    const [job] = await jobs('poll')
    expect(job?.id).toBe(`lane-${lane.credential}-19`)
    expect(await job?.getState()).toBe('waiting')
    expect(LanePayload.parse(job?.data)).toEqual({ v: 2, ...lane })
  })

  test('a lane for each of its tasks is one job, and leaves it its time', async () => {
    const lane = aLane()
    await queues.enqueuePoll(lane, 60_000)
    await Promise.all(Array.from({ length: 20 }, (_, n) => queues.enqueuePoll(lane, n)))
    const [job, ...more] = await jobs('poll')
    expect(more).toEqual([])
    expect(job?.delay).toBe(60_000)
    expect(await job?.getState()).toBe('delayed')
  })

  test('another phase or credential is another lane', async () => {
    const lane = aLane()
    for (const each of [lane, { ...lane, phase: 8 }, { ...lane, credential: aLane().credential }])
      await queues.enqueuePoll(each)
    expect(await jobs('poll')).toHaveLength(3)
  })

  test('a lane may be due between two milliseconds', async () => {
    const lane = aLane()
    await queues.enqueuePoll(lane, 60_000.25)
    expect(await queues.report('poll', lane)).toMatchObject({ state: 'delayed' })
    expect(await queues.enqueueMissingLanes([lane], () => 0)).toBe(0)
  })

  test('carries ids and nothing else of the task', async () => {
    const task = { ...aTask(), prompt: 'canary', userId: 'canary', metadata: { own: 'canary' } }
    await queues.enqueueSubmit(task)
    await queues.enqueueArchive(task)
    await queues.enqueueMissing('archive', [{ ...task, attempt: 2 }])
    await queues.enqueuePoll({ ...task, ...aLane() })
    await queues.enqueueMissingLanes([{ ...task, ...aLane() }], () => 0)
    const keys = await redis.keys(`${keyPrefix(prefix)}:*`)
    const hashes = await Promise.all(
      keys.filter((key) => /:(video_|lane-)/.test(key)).map((key) => redis.hgetall(key)),
    )
    expect(hashes).toHaveLength(5)
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
  test.each(['submit', 'reconcile', 'archive'] as const)(
    'adds to %s only what is not there',
    async (name) => {
      const [waiting, missing, another] = [aTask(), aTask(), aTask()]
      expect(await queues.enqueueMissing(name, [waiting])).toBe(1)
      expect(await queues.enqueueMissing(name, [waiting, missing, another])).toBe(2)
      expect(await jobs(name)).toHaveLength(3)
      expect(await queues.enqueueMissing(name, [waiting, missing, another])).toBe(0)
    },
  )

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
    await queues.enqueueReconcile(task)
    expect(await queues.enqueueMissing('reconcile', [task])).toBe(0)
    await queues.remove('reconcile', task)
    await expect.poll(() => queues.enqueueMissing('reconcile', [task])).toBe(1)
    expect(await jobs('reconcile')).toHaveLength(1)
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
})

describe('enqueuing lanes that are missing', () => {
  const never = (): number => {
    throw new Error('asked for a lane that is there')
  }

  test('adds only what is not there, each for its own time', async () => {
    const [waiting, delayed, missing, another] = [aLane(1), aLane(2), aLane(3), aLane(4)]
    await queues.enqueuePoll(waiting)
    await queues.enqueuePoll(delayed, 60_000)
    const all = [waiting, delayed, missing, another]
    expect(await queues.enqueueMissingLanes(all, ({ phase }) => phase * 1e5)).toBe(2)
    const delays = (await jobs('poll')).map(({ data: { phase }, delay }) => [phase, delay])
    expect(delays.sort()).toEqual([
      [1, 0],
      [2, 60_000],
      [3, 300_000],
      [4, 400_000],
    ])
    expect(await queues.enqueueMissingLanes(all, never)).toBe(0)
  })

  test('finds one that runs', async () => {
    const [running, missing] = [aLane(), aLane()]
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    await queues.enqueuePoll(running)
    const worker = new Worker('poll', () => ended, { connection: redis, prefix: keyPrefix(prefix) })
    await expect.poll(() => queues.state('poll', running)).toBe('active')
    expect(await queues.enqueueMissingLanes([running, missing], () => 60_000)).toBe(1)
    expect(await queues.state('poll', running)).toBe('active')
    end()
    await worker.close()
  })

  test('adds one again that ended, was removed, or of which only the hash is left', async () => {
    const [ended, removed, orphaned] = [aLane(), aLane(), aLane()]
    await queues.enqueuePoll(ended)
    const worker = new Worker('poll', async () => {}, { connection: redis, prefix: keyPrefix(prefix) })
    await expect.poll(() => queues.state('poll', ended)).toMatch(/completed|unknown/)
    await worker.close()
    await queues.enqueuePoll(removed, 60_000)
    await queues.remove('poll', removed)
    await redis.hset(`${keyPrefix(prefix)}:poll:lane-${orphaned.credential}-7`, { name: 'poll', data: '{}' })
    const all = [ended, removed, orphaned]
    await expect.poll(() => queues.enqueueMissingLanes(all, () => 60_000)).toBe(3)
    expect((await jobs('poll')).map(({ data }) => data)).toEqual(
      expect.arrayContaining(all.map((lane) => ({ v: 2, ...lane }))),
    )
  })

  test('brings back what a flushed Redis forgot', async () => {
    const lanes = Array.from({ length: 50 }, (_, phase) => aLane(phase))
    for (const lane of lanes) await queues.enqueuePoll(lane, 60_000)
    await redis.del(...(await redis.keys(`${keyPrefix(prefix)}:*`)))
    expect(await queues.enqueueMissingLanes(lanes, () => 60_000)).toBe(50)
    expect(await jobs('poll')).toHaveLength(50)
  })

  test('by many at once adds each once', async () => {
    const lanes = Array.from({ length: 20 }, (_, phase) => aLane(phase))
    await Promise.all(Array.from({ length: 5 }, () => queues.enqueueMissingLanes(lanes, () => 60_000)))
    expect(await jobs('poll')).toHaveLength(20)
  })

  test('adds nothing for none', async () => {
    expect(await queues.enqueueMissingLanes([], never)).toBe(0)
  })
})

test('a pause holds for its time and ends by itself', async () => {
  await queues.pause('submit', 60_000)
  const limiter = `${keyPrefix(prefix)}:submit:limiter`
  expect(await redis.pttl(limiter)).toBeGreaterThan(5000)
  expect(await redis.exists(limiter.replace('submit', 'poll'))).toBe(0)
})

function aQueue(name: QueueName): Queue {
  const queue = new Queue(name, { connection: redis, prefix: keyPrefix(prefix) })
  onTestFinished(() => queue.close())
  return queue
}

function jobs(name: QueueName) {
  return aQueue(name).getJobs(['waiting', 'delayed', 'active', 'prioritized'])
}

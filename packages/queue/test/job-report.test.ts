import type { QueueName } from '@reelay/contracts/jobs'
import { freePort } from '@reelay/local-services/stores/free-port'
import { Worker } from 'bullmq'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createQueues, keyPrefix, type Queues } from '../src/queues.ts'
import { aConnection, aLane, aPrefix, aRedis, aTask, readyQueues, redisUrl, someQueues } from './redis.ts'

let prefix: string
let queues: Queues
let redis: ReturnType<typeof aConnection>
beforeEach(() => {
  prefix = aPrefix()
  redis = aConnection('worker')
  queues = createQueues({ connection: aConnection('producer', redisUrl), prefix })
  onTestFinished(() => queues.close())
})

const nothing = { behind: undefined, dueAt: undefined, notes: {}, pausedUntil: undefined, isStopped: false }

test('a job that is not there is missing', async () => {
  expect(await queues.report('submit', aTask())).toEqual({ ...nothing, state: 'missing' })
})

test('a job of which only the hash is left is missing', async () => {
  const task = aTask()
  await redis.hset(`${keyPrefix(prefix)}:submit:${task.videoId}-1`, { name: 'submit', data: '{}' })
  expect((await queues.report('submit', task)).state).toBe('missing')
})

test('a job that waits says how many are taken before it', async () => {
  const [first, second, favoured] = [aTask(), aTask(), aTask()]
  await queues.enqueueSubmit(first, 2)
  await queues.enqueueSubmit(second, 2)
  await queues.enqueueSubmit(favoured, 1)
  expect(await queues.report('submit', favoured)).toEqual({ ...nothing, state: 'waiting', behind: 0 })
  expect(await queues.report('submit', first)).toMatchObject({ state: 'waiting', behind: 1 })
  expect(await queues.report('submit', second)).toMatchObject({ state: 'waiting', behind: 2 })
})

test('those without a place are taken in the order of coming, before all others', async () => {
  const [first, second] = [aLane(), aLane()]
  await queues.enqueuePoll(first)
  await queues.enqueuePoll(second)
  expect((await queues.report('poll', first)).behind).toBe(0)
  expect((await queues.report('poll', second)).behind).toBe(1)
})

test('a lane that is delayed says until when, and what its last run noted', async () => {
  const lane = aLane()
  const before = Date.now()
  await queues.enqueuePoll(lane, 60_000)
  await noteIn('poll', { tasks: 40, late: 3 })
  const report = await queues.report('poll', lane)
  expect(report).toMatchObject({ state: 'delayed', behind: undefined, notes: { tasks: 40, late: 3 } })
  expect(report.dueAt?.getTime()).toBeGreaterThanOrEqual(before + 60_000)
  expect(report.dueAt?.getTime()).toBeLessThanOrEqual(Date.now() + 60_000)
})

test('a job of an attempt says what its last run noted', async () => {
  const task = aTask()
  await queues.enqueueReconcile(task)
  await noteIn('reconcile', { looks: 3 })
  expect((await queues.report('reconcile', task)).notes).toEqual({ looks: 3 })
})

test('a job in the polls of the version before is one of a task', async () => {
  const task = aTask()
  const queue = opened('poll')
  await queue?.add('poll', { v: 1, ...task, notes: { failures: 2 } }, { jobId: `${task.videoId}-1` })
  expect(await queues.report('poll', task)).toMatchObject({ state: 'waiting', notes: { failures: 2 } })
})

test('what is no job of ours has noted nothing', async () => {
  const lane = aLane()
  await queues.enqueuePoll(lane)
  const key = `${keyPrefix(prefix)}:poll:lane-${lane.credential}-7`
  for (const data of ['', '[', '{"v":3,"notes":{"tasks":1}}', `{"v":2,"notes":{"tasks":1}}`]) {
    await redis.hset(key, { data })
    expect(await queues.report('poll', lane)).toMatchObject({ state: 'waiting', notes: {} })
  }
})

test('a job that runs is active', async () => {
  const task = aTask()
  await queues.enqueueSubmit(task)
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const worker = new Worker('submit', () => ended, { connection: redis, prefix: keyPrefix(prefix) })
  await expect.poll(async () => (await queues.report('submit', task)).state).toBe('active')
  end()
  await worker.close()
})

test('a queue that is paused says until when, and one with a rate does not', async () => {
  const task = aTask()
  await redis.set(`${keyPrefix(prefix)}:poll:limiter`, 1, 'PX', 60_000)
  expect((await queues.report('poll', aLane())).pausedUntil).toBeUndefined()
  await queues.pause('submit', 60_000)
  const { pausedUntil } = await queues.report('submit', task)
  expect(pausedUntil?.getTime()).toBeGreaterThan(Date.now() + 50_000)
})

test('a queue that an operator stopped says so', async () => {
  const task = aTask()
  await queues.opened()[0]?.pause()
  expect((await queues.report('submit', task)).isStopped).toBe(true)
  await queues.opened()[0]?.resume()
  expect((await queues.report('submit', task)).isStopped).toBe(false)
})

test('without Redis there is no report, sooner than a command gives up', async () => {
  const never = someQueues(aConnection('producer', `redis://127.0.0.1:${await freePort()}`))
  await expectNoReport(never)

  const own = await aRedis()
  const { url } = await own.start()
  const { queues: frozen } = await readyQueues(url)
  own.freeze()
  await expectNoReport(frozen)
  own.thaw()
})

function opened(queue: QueueName) {
  return queues.opened().find(({ name }) => name === queue)
}

async function noteIn(queue: QueueName, notes: Record<string, number>): Promise<void> {
  const [job] = (await opened(queue)?.getJobs(['delayed', 'waiting'])) ?? []
  await job?.updateData({ ...job.data, notes } as never)
}

async function expectNoReport(queues: Queues): Promise<void> {
  const askedAt = performance.now()
  await expect(queues.report('submit', aTask())).rejects.toThrow()
  expect(performance.now() - askedAt).toBeLessThan(2000)
}

import { randomBytes } from 'node:crypto'
import { openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { createQueues } from '@reelay/queue/queues'
import { createEvents } from '@reelay/telemetry/events'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startWorker } from '../src/bullmq.ts'
import { type AnyStep, done, pause, snooze } from '../src/outcome.ts'

const log = pino({ level: 'silent' })
const task = { videoId: 'video_1767225600000_abcdefg' as never, attempt: 1 }
const closers: (() => Promise<unknown>)[] = []
let queues: ReturnType<typeof createQueues>
let prefix: string

beforeEach(() => {
  prefix = `test-${randomBytes(6).toString('hex')}`
  const connection = openProducerConnection(process.env.REDIS_URL ?? '', log)
  queues = createQueues({ connection, prefix })
  closers.push(
    () => queues.close(),
    async () => connection.disconnect(),
  )
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function start(step: AnyStep) {
  const connection = openWorkerConnection(process.env.REDIS_URL ?? '', log)
  const worker = startWorker('reconcile', step, {
    connection,
    prefix,
    pause: (ms) => queues.pause('reconcile', ms),
    concurrency: 5,
    lockDurationMs: 3000,
    stalledIntervalMs: 1000,
    events: createEvents(),
    log,
  })
  closers.unshift(
    () => worker.close(),
    async () => connection.disconnect(),
  )
}

test('a snoozed job comes back after its time with its notes', async () => {
  const runs: { at: number; notes: object }[] = []
  start(async (_, { notes }) => {
    runs.push({ at: performance.now(), notes })
    return runs.length < 3 ? snooze(200, { failures: runs.length }) : done()
  })
  await queues.enqueueReconcile(task)
  await vi.waitFor(() => expect(runs).toHaveLength(3))
  expect(runs.map(({ notes }) => notes)).toEqual([{}, { failures: 1 }, { failures: 2 }])
  for (const [i, { at }] of runs.slice(1).entries())
    expect(at - (runs[i]?.at ?? 0)).toBeGreaterThanOrEqual(190)
})

test('notes that are over leave the job, so that no later run writes them', async () => {
  let runs = 0
  start(async () => {
    runs += 1
    return runs === 1 ? snooze(1, { failures: 1 }) : snooze(60_000)
  })
  await queues.enqueueReconcile(task)
  await vi.waitFor(async () => {
    expect(runs).toBe(2)
    const searches = queues.opened().find(({ name }) => name === 'reconcile')
    expect((await searches?.getDelayed())?.map(({ data }) => data)).toEqual([{ v: 1, ...task }])
  })
})

test('a finished job leaves its id free', async () => {
  const step = vi.fn<AnyStep>(async () => done())
  start(step)
  await queues.enqueueReconcile(task)
  await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(1))
  await vi.waitFor(async () => expect(await queues.state('reconcile', task)).toBe('unknown'))
  await queues.enqueueReconcile(task)
  await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(2))
})

test('a step that throws leaves its id free for the sweep', async () => {
  const step = vi.fn<AnyStep>(async () => {
    throw new Error('postgres is away')
  })
  start(step)
  await queues.enqueueReconcile(task)
  await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(1))
  await vi.waitFor(async () => expect(await queues.state('reconcile', task)).toBe('unknown'))
})

test('a pause holds every job of the queue for every worker', async () => {
  const starts: number[] = []
  const step: AnyStep = async () => {
    starts.push(performance.now())
    return starts.length === 1 ? pause(800) : done()
  }
  start(step)
  start(step)
  await queues.enqueueReconcile(task)
  await vi.waitFor(() => expect(starts).toHaveLength(1))
  await Promise.all([2, 3, 4, 5, 6].map((attempt) => queues.enqueueReconcile({ ...task, attempt })))
  await vi.waitFor(() => expect(starts).toHaveLength(7))
  expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(750)
})

test('a pause of a fraction of a millisecond is still a pause', async () => {
  await queues.pause('reconcile', 0.4)
  await queues.pause('reconcile', 1000.9999)
})

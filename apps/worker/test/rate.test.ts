import { randomBytes } from 'node:crypto'
import { openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { createQueues } from '@reelay/queue/queues'
import { createEvents } from '@reelay/telemetry/events'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startWorker } from '../src/bullmq.ts'
import { done, pause, type Step } from '../src/outcome.ts'

const log = pino({ level: 'silent' })
const task = { videoId: 'video_1767225600000_abcdefg' as never, attempt: 1 }
const closers: (() => Promise<unknown>)[] = []
let queues: ReturnType<typeof createQueues>
let prefix: string
type Taken = { askedAt: number; gotAt: number }
/** When each job was asked for and when it was there, in ms since 1970: Redis gave it in between. */
let taken: Taken[]

beforeEach(() => {
  prefix = `test-${randomBytes(6).toString('hex')}`
  taken = []
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

/** One per 100 ms over all workers. */
function start(step: Step) {
  const connection = openWorkerConnection(process.env.REDIS_URL ?? '', log)
  const worker = startWorker('submit', step, {
    connection,
    prefix,
    pause: (ms) => queues.pause('submit', ms),
    ratePerMinute: 600,
    concurrency: 5,
    lockDurationMs: 3000,
    stalledIntervalMs: 1000,
    events: createEvents(),
    log,
  })
  worker.on('active', ({ processedOn = 0 }) => taken.push({ askedAt: processedOn, gotAt: Date.now() }))
  closers.unshift(
    () => worker.close(),
    async () => connection.disconnect(),
  )
}

async function enqueue(count: number) {
  const attempts = Array.from({ length: count }, (_, i) => ({ ...task, attempt: i + 1 }))
  await Promise.all(attempts.map((attempt) => queues.enqueueSubmit(attempt)))
}

/** The most that can have passed in Redis from one job to the next: no delay makes a gap shorter. */
function gapsOf(jobs: Taken[]): number[] {
  const sorted = jobs.toSorted((a, b) => a.askedAt - b.askedAt)
  return sorted.slice(1).map(({ gotAt }, i) => gotAt - (sorted[i]?.askedAt ?? 0))
}

test('jobs of two workers start no faster than their rate', async () => {
  await enqueue(10)
  start(async () => done())
  start(async () => done())
  await vi.waitFor(() => expect(taken).toHaveLength(10))
  for (const gap of gapsOf(taken)) expect(gap).toBeGreaterThanOrEqual(95)
})

test('jobs that take long do not slow their rate down', async () => {
  const finish = Promise.withResolvers<void>()
  const step: Step = async () => {
    await finish.promise
    return done()
  }
  await enqueue(10)
  start(step)
  start(step)
  await vi.waitFor(() => expect(taken).toHaveLength(10))
  finish.resolve()
  for (const gap of gapsOf(taken)) expect(gap).toBeGreaterThanOrEqual(95)
})

test('a pause holds a queue that has a rate', async () => {
  let runs = 0
  const step: Step = async () => {
    runs += 1
    return runs === 1 ? pause(1000) : done()
  }
  await enqueue(1)
  start(step)
  start(step)
  await vi.waitFor(() => expect(runs).toBe(1))
  const pausedAt = taken[0]?.askedAt ?? 0
  await enqueue(5)
  await vi.waitFor(() => expect(runs).toBe(6))
  const [, ...after] = taken
  expect(Math.min(...after.map(({ gotAt }) => gotAt)) - pausedAt).toBeGreaterThanOrEqual(950)
  for (const gap of gapsOf(after)) expect(gap).toBeGreaterThanOrEqual(95)
})

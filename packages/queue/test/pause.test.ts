import { Worker } from 'bullmq'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createQueues, keyPrefix, type Queues } from '../src/queues.ts'
import { aConnection, aPrefix, aTask, redisUrl } from './redis.ts'

let prefix: string
let queues: Queues
let redis: ReturnType<typeof aConnection>
beforeEach(() => {
  prefix = aPrefix()
  redis = aConnection('worker')
  queues = openQueues()
})

describe('a pause', () => {
  test('never shortens a longer one', async () => {
    await queues.pause('submit', 60_000)
    await queues.pause('submit', 1000)
    expect(await pausedForMs()).toBeGreaterThan(5000)
  })

  test('of another process is never shortened either', async () => {
    await openQueues().pause('submit', 60_000)
    await queues.pause('submit', 1000)
    expect(await pausedForMs()).toBeGreaterThan(5000)
  })

  test('lengthens a shorter one', async () => {
    await queues.pause('submit', 1000)
    await queues.pause('submit', 60_000)
    expect(await pausedForMs()).toBeGreaterThan(5000)
  })

  test('never shortens the wait of a rate', async () => {
    await redis.set(`${keyPrefix(prefix)}:submit:limiter`, 1, 'PX', 60_000)
    await queues.pause('submit', 1000)
    expect(await pausedForMs()).toBeGreaterThan(5000)
  })

  test('at the same moment as others leaves the longest', async () => {
    await Promise.all([60_000, 1000, 2000].map((ms) => queues.pause('submit', ms)))
    expect(await pausedForMs()).toBeGreaterThan(5000)
  })

  test('is told at a glance, with when it ends', async () => {
    const at = Date.now()
    await queues.pause('submit', 60_000)
    const [submit, poll] = await queues.glances()
    expect(submit).toMatchObject({ name: 'submit', paused: false })
    expect(Date.parse(submit?.pausedUntil ?? '')).toBeGreaterThan(at + 50_000)
    expect(Date.parse(submit?.pausedUntil ?? '')).toBeLessThanOrEqual(Date.now() + 60_000)
    expect(poll?.pausedUntil).toBe(null)
  })

  test('holds for all workers and ends by itself', async () => {
    const pausedAt = performance.now()
    await queues.pause('submit', 500)
    await Promise.all([1, 2, 3].map(() => queues.enqueueSubmit(aTask())))
    const takenAfterMs: number[] = []
    const workers = [1, 2].map(
      () =>
        new Worker('submit', async () => void takenAfterMs.push(performance.now() - pausedAt), {
          connection: redis,
          prefix: keyPrefix(prefix),
          // A pause binds only workers that have a limiter.
          limiter: { max: 1000, duration: 1000 },
        }),
    )
    await expect.poll(() => takenAfterMs.length).toBe(3)
    await Promise.all(workers.map((worker) => worker.close()))
    expect(Math.min(...takenAfterMs)).toBeGreaterThan(490)
  })

  test.each([0.2, 0, -5])('of %d ms is one of a moment', async (ms) => {
    await queues.pause('submit', ms)
    await expect.poll(() => pausedForMs()).toBe(-2)
  })
})

function openQueues(): Queues {
  const opened = createQueues({ connection: aConnection('producer', redisUrl), prefix })
  onTestFinished(() => opened.close())
  return opened
}

function pausedForMs(): Promise<number> {
  return redis.pttl(`${keyPrefix(prefix)}:submit:limiter`)
}

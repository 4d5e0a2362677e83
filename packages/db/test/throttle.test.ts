import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { aVideoId } from './rows.ts'
import { openTwoWorkers } from './two-workers.ts'

const { db, here, there, forget, close } = await openTwoWorkers()
beforeEach(forget)
afterAll(close)

const pollIntervalMs = 5000
const attempt = { videoId: aVideoId(), attempt: 1 }

describe('the factor of polls', () => {
  test('is one when nothing was ever written', async () => {
    expect(await factor()).toBe(1)
  })

  test('is one when only failed submits were written', async () => {
    await here.fail(attempt)
    await shift('1 hour')
    expect(await factor()).toBe(1)
  })

  test('doubles for all workers', async () => {
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    expect(await factor(here)).toBeCloseTo(2, 0)
    expect(await factor(there)).toBeCloseTo(2, 0)
  })

  test('doubles once for many at the same moment', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? here : there).slowPollsDown(firstCredential, pollIntervalMs),
      ),
    )
    expect(await factor()).toBeLessThanOrEqual(2)
    expect(await factor()).toBeGreaterThan(1.5)
  })

  test('doubles again after the interval that it made', async () => {
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    await there.slowPollsDown(firstCredential, pollIntervalMs)
    expect(await factor()).toBeLessThanOrEqual(2)
    await shift('12 seconds')
    await there.slowPollsDown(firstCredential, pollIntervalMs)
    expect(await factor()).toBeGreaterThan(2)
    expect(await factor()).toBeLessThan(4)
  })

  test('doubles after a first failed submit, too', async () => {
    await here.fail(attempt)
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    expect(await factor()).toBeCloseTo(2, 0)
  })

  test('grows to twelve and no further', async () => {
    const seen: number[] = []
    for (let n = 0; n < 6; n += 1) {
      await here.slowPollsDown(firstCredential, 1)
      seen.push(Math.round(await factor()))
      await shift('100 ms')
    }
    expect(seen).toEqual([2, 4, 8, 12, 12, 12])
    expect(await factor()).toBeLessThanOrEqual(12)
  })

  test.each([
    ['1 minute', 6],
    ['2 minutes', 3],
    ['3 minutes', 1.5],
    ['4 minutes', 1],
    ['1 day', 1],
  ])('of twelve is, after %s, %d', async (age, left) => {
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    await db.execute(sql`update upstream_state set poll_stretch = 12`)
    await shift(age)
    expect(await factor()).toBeLessThanOrEqual(left)
    expect(await factor()).toBeGreaterThan(left * 0.9)
  })

  test('doubles what is left of it', async () => {
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    await db.execute(sql`update upstream_state set poll_stretch = 12`)
    await shift('2 minutes')
    await there.slowPollsDown(firstCredential, pollIntervalMs)
    expect(await factor()).toBeLessThanOrEqual(6)
    expect(await factor()).toBeGreaterThan(5)
  })

  test('begins anew from one when it is long gone', async () => {
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    await shift('1 day')
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    expect(await factor()).toBeCloseTo(2, 0)
  })
})

test("the throttle tells the time by the database's clock", async () => {
  const read = async () => {
    const [row] = await db.execute<{ ms: number }>(
      sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
    )
    return row?.ms ?? 0
  }
  const before = await read()
  const { now } = await here.throttle()
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(await read())
})

async function factor(worker = here): Promise<number> {
  return (await worker.throttle()).factors[firstCredential] ?? 1
}

/** Makes the last doubling older than it is. */
async function shift(interval: string): Promise<void> {
  await db.execute(sql`update upstream_state set stretched_at = stretched_at - ${interval}::interval`)
}

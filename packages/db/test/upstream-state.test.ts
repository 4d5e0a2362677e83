import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { upstreamState } from '../src/schema.ts'
import { aSubmission, aTask, aVideoId } from './rows.ts'
import { openTwoWorkers } from './two-workers.ts'

const { db, here, there, forget, close } = await openTwoWorkers()
beforeEach(forget)
afterAll(close)

const pollIntervalMs = 5000
const attempt = { videoId: aVideoId(), attempt: 1 }

describe('a failed submission', () => {
  test('is the one too many when it is the third in a row, of whatever worker', async () => {
    expect(await here.fail(attempt)).toBe(0)
    expect(await there.fail(attempt)).toBe(0)
    expectAbout(await here.fail(attempt), 5000)
    expect(await failed()).toBe(3)
  })

  test('holds back all at once when upstream takes nothing now', async () => {
    await here.fail(attempt)
    expectAbout(await there.hold(attempt), 5000)
    expect(await failed()).toBe(3)
  })

  test('holds them back for longer each time, up to a minute', async () => {
    for (const full of [5000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expectAbout(await here.hold(attempt), full)
      await endHold()
    }
  })

  test('holds them back for a minute after many more', async () => {
    await here.fail(attempt)
    await db.execute(sql`update upstream_state set failed_submits = 100000`)
    expectAbout(await here.fail(attempt), 60_000)
  })

  test('holds them back for as long as upstream asks', async () => {
    expect(await here.hold(attempt, 120_000)).toBe(120_000)
  })

  test('of many at the same moment is counted each time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? here : there).fail(attempt)))
    expect(await failed()).toBe(20)
  })

  test('that began before others were held back only lengthens that', async () => {
    const early = await Promise.all([aTask(db), aTask(db), aTask(db)])
    for (const task of early) await aSubmission(db, task)
    expect(await here.hold(attempt, 30_000)).toBe(30_000)
    const left = await there.hold(early[0], 1000)
    expect(left).toBeGreaterThan(2000)
    expect(left).toBeLessThanOrEqual(30_000)
    expect(await there.hold(early[1])).toBeLessThanOrEqual(30_000)
    expect(await there.hold(early[2], 60_000)).toBe(60_000)
    expect(await failed()).toBe(3)
  })

  test('that is told twice, as its answer was lost, is counted once', async () => {
    const task = await aTask(db)
    await aSubmission(db, task)
    const first = await here.hold(task)
    const again = await there.noteTrouble(task, firstCredential, { because: 'rate_limited' })
    expect(again.means).toBe('held')
    expect(again.heldMs).toBeLessThanOrEqual(first)
    expect(await failed()).toBe(3)
  })

  test('that began after others were held back counts', async () => {
    await here.hold(attempt)
    await endHold()
    const probe = await aTask(db)
    await aSubmission(db, probe)
    expectAbout(await here.hold(probe), 10_000)
    expect(await failed()).toBe(4)
  })

  test('is forgotten by all when one succeeds', async () => {
    await here.fail(attempt)
    await here.fail(attempt)
    await there.noteAnswer(attempt, firstCredential, true)
    expect(await failed()).toBe(0)
  })

  test('is not forgotten for one that began before it held back others', async () => {
    const early = await aTask(db)
    await aSubmission(db, early)
    await here.hold(attempt)
    await there.noteAnswer(early, firstCredential, true)
    expect(await failed()).toBe(3)
  })

  test('that never was is forgotten without a row', async () => {
    await here.noteAnswer(attempt, firstCredential, true)
    expect(await db.execute(sql`select from upstream_state`)).toHaveLength(0)
  })

  test('and the factor of polls know nothing of each other', async () => {
    await here.fail(attempt)
    await here.slowPollsDown(firstCredential, pollIntervalMs)
    await here.noteAnswer(attempt, firstCredential, true)
    expect(await factor()).toBeCloseTo(2, 0)
    expect(await failed()).toBe(0)
  })

  async function failed(): Promise<number | undefined> {
    const [state] = await db.select().from(upstreamState)
    return state?.failedSubmits
  }

  /** As if the time had passed. */
  async function endHold(): Promise<void> {
    await db.execute(sql`update upstream_state set held_until = clock_timestamp()`)
  }

  /** Half of it is random. */
  function expectAbout(ms: number, full: number): void {
    expect(ms).toBeGreaterThanOrEqual(full / 2)
    expect(ms).toBeLessThanOrEqual(full)
  }
})

async function factor(worker = here): Promise<number> {
  return (await worker.throttle()).factors[firstCredential] ?? 1
}

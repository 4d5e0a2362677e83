import { describe, expect, test } from 'vitest'
import { CredentialId, firstCredential } from '../src/credential.ts'
import { CYCLE_MS, dueSince, LANES, Lane, laneId, laneOf } from '../src/lanes.ts'

const credential = CredentialId.parse('azure-eu/a')
const midnight = Date.parse('2025-11-07T00:00:00.000Z')

test.each([
  [0, 0],
  [249, 0],
  [250, 1],
  [2550, 10],
  [4749, 18],
  [4750, 19],
  [4999, 19],
  [5000, 0],
  [86_399_999, 19],
])('a task accepted %i ms after midnight has phase %i', (ms, phase) => {
  expect(laneOf({ credential, acceptedAt: new Date(midnight + ms) })).toEqual({ credential, phase })
})

test('a task without a credential has the lane of the first one', () => {
  const acceptedAt = new Date(midnight)
  expect(laneOf({ credential: null, acceptedAt })).toEqual({ credential: firstCredential, phase: 0 })
})

test('the acceptances of a cycle are spread evenly over all lanes', () => {
  const counts = new Map<string, number>()
  for (let ms = 0; ms < CYCLE_MS; ms += 1) {
    const id = laneId(laneOf({ credential, acceptedAt: new Date(midnight + ms) }))
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  expect(counts.size).toBe(LANES)
  expect(new Set(counts.values())).toEqual(new Set([CYCLE_MS / LANES]))
})

test('each lane has an id of its own that BullMQ takes', () => {
  const credentials = ['a/b', 'a/b-1', 'a-b/1', 'a/1', '1/1', '1-1/1', 'azure-eu/a'].map((id) =>
    CredentialId.parse(id),
  )
  const ids = credentials.flatMap((id) => everyPhase().map((phase) => laneId({ credential: id, phase })))
  expect(new Set(ids).size).toBe(credentials.length * LANES)
  for (const id of ids) expect(id).toMatch(/^lane-[^:]+$/)
})

test.each([
  ['a phase too far', { credential, phase: LANES }],
  ['a phase before the first', { credential, phase: -1 }],
  ['half a phase', { credential, phase: 0.5 }],
  ['no phase', { credential }],
  ['no credential', { phase: 1 }],
  ['the name of an upstream', { credential: 'azure-eu', phase: 1 }],
])('what has %s is no lane', (_, lane) => {
  expect(Lane.safeParse(lane).success).toBe(false)
})

describe('a lane is due', () => {
  test.each([
    ['at its phase', 0, 0, 0],
    ['at its phase of the interval', 10, 0, 2500],
    ['at once where that is now', 10, 2500, 2500],
    ['an interval later where that has just been', 10, 2501, 7500],
    ['at the end of an interval', 19, 1, 4750],
    ['in the next interval', 0, 1, 5000],
  ])('%s: phase %i at %i ms', (_, phase, since, due) => {
    expect(dueSince({ phase }, midnight + since, CYCLE_MS)).toBe(midnight + due)
  })

  test.each([50, 1000, CYCLE_MS, 11_500, 60_000])('once in each interval of %i ms', (intervalMs) => {
    for (const phase of everyPhase()) {
      const first = dueSince({ phase }, midnight, intervalMs)
      expect(first - midnight).toBeGreaterThanOrEqual(0)
      expect(first - midnight).toBeLessThan(intervalMs)
      expect(dueSince({ phase }, first, intervalMs)).toBe(first)
      expect(dueSince({ phase }, first + 1, intervalMs)).toBe(first + intervalMs)
      expect(dueSince({ phase }, first - intervalMs + 1, intervalMs)).toBe(first)
    }
  })

  test.each([50, 1000, CYCLE_MS, 11_500, 60_000])(
    'at other times than the others of an interval of %i ms',
    (intervalMs) => {
      const due = everyPhase().map((phase) => dueSince({ phase }, 0, intervalMs))
      expect(due).toEqual(everyPhase().map((phase) => (phase * intervalMs) / LANES))
    },
  )

  test.each([7, 999, 5003])('at or after the time that is named in an interval of %i ms', (intervalMs) => {
    for (const phase of everyPhase())
      for (let since = midnight; since < midnight + 2 * intervalMs; since += intervalMs / 7) {
        const waitMs = dueSince({ phase }, since, intervalMs) - since
        // A time of today has few digits behind the ms.
        expect(waitMs).toBeGreaterThan(-0.01)
        expect(waitMs).toBeLessThan(intervalMs + 0.01)
      }
  })

  test('at the phase of the acceptances that it has', () => {
    for (let ms = 0; ms < CYCLE_MS; ms += 37) {
      const lane = laneOf({ credential, acceptedAt: new Date(midnight + ms) })
      const due = dueSince(lane, midnight + ms, CYCLE_MS)
      expect(laneOf({ credential, acceptedAt: new Date(due) })).toEqual(lane)
      expect(due - (midnight + ms)).toBeLessThan(CYCLE_MS)
    }
  })
})

function everyPhase(): number[] {
  return Array.from({ length: LANES }, (_, phase) => phase)
}

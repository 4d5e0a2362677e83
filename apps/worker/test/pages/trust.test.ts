import { firstCredential } from '@reelay/contracts/credential'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createTrust } from '../../src/pages/trust.ts'

function aTrust() {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) })
  return { ...createTrust(firstCredential, log), lines }
}

const T = Date.parse('2026-01-01T00:00:00Z')

describe('by its clock an answer is', () => {
  test.each<[string, { date: number | undefined; askedAt: number; toldAt: number }[], boolean[]]>([
    [
      'new while that goes on as ours does, in whole seconds',
      [0, 700, 1400, 9900].map((at) => ({
        date: T + Math.floor(at / 1000) * 1000,
        askedAt: at,
        toldAt: at + 100,
      })),
      [false, false, false, false],
    ],
    [
      'old when that stands still for more than two seconds',
      [0, 2000, 2101].map((at) => ({ date: T, askedAt: at, toldAt: at + 100 })),
      [false, false, true],
    ],
    [
      'old when that goes back',
      [
        { date: T + 5000, askedAt: 0, toldAt: 100 },
        { date: T + 2900, askedAt: 150, toldAt: 200 },
      ],
      [false, true],
    ],
    [
      'new when it took long, and newer ones overtook it',
      [
        { date: T + 5000, askedAt: 4900, toldAt: 5100 },
        { date: T, askedAt: 0, toldAt: 5200 },
      ],
      [false, false],
    ],
    [
      'new again some time after its clock was put back',
      [
        { date: T + 3_600_000, askedAt: 0, toldAt: 0 },
        { date: T + 1000, askedAt: 1000, toldAt: 1000 },
        { date: T + 600_001, askedAt: 600_001, toldAt: 600_001 },
        { date: T + 601_001, askedAt: 601_001, toldAt: 601_001 },
      ],
      [false, true, true, false],
    ],
    ['new where it has none', [{ date: undefined, askedAt: 0, toldAt: 0 }], [false]],
  ])('%s', (_, answers, old) => {
    const { isOld } = aTrust()
    expect(answers.map(isOld)).toEqual(old)
  })
})

test('one line tells of trouble until the list is used again', () => {
  const { unavailable, distrust, isUsable, lines } = aTrust()
  unavailable('no')
  vi.advanceTimersByTime(59_999)
  unavailable('no', 70_000)
  distrust('a lie')
  vi.advanceTimersByTime(299_999)
  expect(isUsable()).toBe(false)
  expect(lines).toMatchObject([{ credential: firstCredential, reason: 'no' }])
  vi.advanceTimersByTime(1)
  expect(isUsable()).toBe(true)
  distrust('a lie')
  expect(lines).toMatchObject([{}, { msg: 'list not trusted', reason: 'a lie' }])
})

describe('a list in trouble rests', () => {
  /** Trouble as soon as it is used again. */
  function restOf({ unavailable, isUsable }: ReturnType<typeof aTrust>): number {
    unavailable('no')
    let minutes = 0
    for (; !isUsable(); minutes += 1) vi.advanceTimersByTime(60_000)
    return minutes
  }

  test('twice as long each time, and an hour at most', () => {
    const trust = aTrust()
    expect(Array.from({ length: 8 }, () => restOf(trust))).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  })

  test('once for all pages that are in trouble together', () => {
    const trust = aTrust()
    trust.unavailable('no')
    trust.unavailable('no')
    vi.advanceTimersByTime(60_000)
    expect(restOf(trust)).toBe(2)
  })

  test.each<[string, number[], number]>([
    ['a minute again after five minutes in time', [0, 299_999, 1], 1],
    ['longer after less than that', [0, 299_999], 4],
    ['longer where nobody asked for a page', [400_000], 4],
  ])('%s', (_, pagesAfterMs, minutes) => {
    const trust = aTrust()
    expect([restOf(trust), restOf(trust)]).toEqual([1, 2])
    for (const ms of pagesAfterMs) {
      vi.advanceTimersByTime(ms)
      trust.noteInTime()
    }
    expect(restOf(trust)).toBe(minutes)
  })

  test('longer where pages that came while it rested are all that came in time', () => {
    const trust = aTrust()
    expect(restOf(trust)).toBe(1)
    trust.unavailable('no')
    trust.noteInTime()
    vi.advanceTimersByTime(400_000)
    trust.noteInTime()
    expect(restOf(trust)).toBe(4)
  })
})

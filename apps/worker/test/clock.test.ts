import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { createDatabaseClock } from '../src/clock.ts'

const log = pino({ level: 'silent' })
const machineNow = Date.now
afterEach(() => {
  Date.now = machineNow
})

test.each([30_000, -30_000])('a machine that is %i ms ahead follows the database', (aheadMs) => {
  const clock = createDatabaseClock(log)
  clock.compare(machineNow() - aheadMs, 0)
  expect(Math.abs(Date.now() - (machineNow() - aheadMs))).toBeLessThan(10_000)
})

test('a database whose time was set anew is followed again', () => {
  const clock = createDatabaseClock(log)
  clock.compare(machineNow() - 30_000, 0)
  clock.compare(machineNow(), 0)
  expect(Math.abs(Date.now() - machineNow())).toBeLessThan(10_000)
})

test('an answer that was long on its way says nothing against the machine', () => {
  const clock = createDatabaseClock(log)
  clock.compare(machineNow() - 40_000, 50_000)
  expect(Math.abs(Date.now() - machineNow())).toBeLessThan(10_000)
})

test('what a slow answer left wrong, a quick one puts right', () => {
  const monotonicAt = performance.now()
  const passedMs = () => performance.now() - monotonicAt
  const startAt = machineNow() - 30_000
  const clock = createDatabaseClock(log)
  // It was the time 800 ms before it came.
  clock.compare(startAt - 800, 900)
  clock.compare(startAt + passedMs(), 0)
  expect(Math.abs(Date.now() - (startAt + passedMs()))).toBeLessThan(200)
})

test('a machine whose time jumps is not followed', () => {
  Date.now = () => machineNow() - 30_000
  createDatabaseClock(log).compare(machineNow(), 0)
  expect(Math.abs(Date.now() - machineNow())).toBeLessThan(10_000)
  expect(Number.isInteger(Date.now())).toBe(true)
})

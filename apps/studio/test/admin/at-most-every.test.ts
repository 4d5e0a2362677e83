import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { atMostEvery } from '../../src/admin/at-most-every.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first time is at once, the rest of a burst is once at its end', () => {
  const { call, ask } = counted()
  for (let i = 0; i < 5; i += 1) ask()
  expect(call).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(999)
  expect(call).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  expect(call).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(60_000)
  expect(call).toHaveBeenCalledTimes(2)
})

test('a long burst is told of again and again, never more often', () => {
  const { call, ask } = counted()
  for (let i = 0; i < 50; i += 1) {
    ask()
    vi.advanceTimersByTime(100)
  }
  expect(call).toHaveBeenCalledTimes(6)
})

test('nothing comes after its stop', () => {
  const { call, ask, stop } = counted()
  ask()
  ask()
  stop()
  vi.advanceTimersByTime(60_000)
  expect(call).toHaveBeenCalledTimes(1)
})

function counted() {
  const call = vi.fn()
  return { call, ...atMostEvery(1000, call) }
}

import { expect, onTestFinished, test, vi } from 'vitest'
import { createRecentMap } from '../../src/pages/recent-map.ts'

function aMap() {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  return createRecentMap<string, number>(1000)
}

test('what is used stays, and what is not is forgotten', () => {
  const map = aMap()
  map.set('used', 1)
  map.set('left', 2)
  for (let ms = 0; ms < 5000; ms += 500) {
    vi.advanceTimersByTime(500)
    expect(map.get('used')).toBe(1)
  }
  expect(map.get('left')).toBeUndefined()
})

test('all of it stays for its time', () => {
  const map = aMap()
  vi.advanceTimersByTime(900)
  map.set('late', 1)
  vi.advanceTimersByTime(999)
  expect(map.get('late')).toBe(1)
})

test('nothing is left after a long silence', () => {
  const map = aMap()
  map.set('a', 1)
  vi.advanceTimersByTime(2000)
  expect(map.get('a')).toBeUndefined()
})

test('what is deleted is gone, whenever it was set', () => {
  const map = aMap()
  map.set('a', 1)
  vi.advanceTimersByTime(1000)
  expect(map.get('a')).toBe(1)
  map.delete('a')
  expect(map.get('a')).toBeUndefined()
})

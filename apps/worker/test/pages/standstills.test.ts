import type { ExternalTaskId } from '@reelay/contracts/task'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createStandstills } from '../../src/pages/standstills.ts'

const id = 'v1' as ExternalTaskId

/** At which seconds a video is due that is told of every five, as far as `progressAt` says. */
function dueAt(progressAt: (second: number) => number | undefined, forSeconds: number): number[] {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { isDue } = createStandstills(2500)
  const due: number[] = []
  for (let second = 0; second <= forSeconds; second += 5) {
    if (isDue(id, progressAt(second))) due.push(second)
    vi.advanceTimersByTime(5000)
  }
  return due
}

test('the same is due after one minute, two, four and so on', () => {
  expect(dueAt(() => 20, 1000)).toEqual([60, 120, 240, 480, 960])
})

test('no progress at all is the same, too', () => {
  expect(dueAt((second) => (second % 10 ? undefined : 0), 100)).toEqual([60])
})

test('what goes on within a minute is never due', () => {
  expect(dueAt((second) => Math.floor(second / 60), 1000)).toEqual([])
})

test('the time begins again with each progress', () => {
  expect(dueAt((second) => (second < 130 ? 20 : 30), 300)).toEqual([60, 120, 190, 250])
})

test.each([
  ['for three intervals at least', 60_000, 300_000, true],
  ['for not much longer than polls need', 2500, 300_000, false],
])('what was told is remembered %s', (_, keptMs, pauseMs, isKnown) => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { isDue } = createStandstills(keptMs)
  expect(isDue(id, 20)).toBe(false)
  vi.advanceTimersByTime(pauseMs)
  expect(isDue(id, 20)).toBe(isKnown)
})

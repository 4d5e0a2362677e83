import type { Explanation } from '@reelay/contracts/explain'
import { expect, test } from 'vitest'
import { readAgainMs, type Story } from '../../../src/video/explain/read-again.ts'

const now = Date.UTC(2026, 0, 1)

test.each([
  ['a moment after its next step is due', dueIn(20), 10_000, 21_000],
  ['some seconds after it was read, where its step was due already', dueIn(-1), 2000, 3000],
  ['soon, where both are over', dueIn(-30), 20_000, 1000],
  ['after a minute, where its next step is far', dueIn(3600), 0, 60_000],
  ['a quarter of a minute later, where its next step has no time', { what: 'submit', at: null }, 0, 15_000],
  ['never, where nothing is left to do', null, 0, false],
] as const)('a story is read again %s', (_, next, readAgoMs, expected) => {
  expect(readAgainMs(read(next, readAgoMs), now)).toBe(expected)
})

test('a story that could not be read is asked for again', () => {
  expect(readAgainMs({ dataUpdatedAt: 0, errorUpdatedAt: now }, now)).toBe(15_000)
  const failed = { ...read(dueIn(-30), 20_000), errorUpdatedAt: now }
  expect(readAgainMs(failed, now)).toBe(5000)
})

function read(next: Explanation['next'], readAgoMs: number) {
  const story = { explanation: { next } } as Story
  return { data: story, dataUpdatedAt: now - readAgoMs, errorUpdatedAt: 0 }
}

function dueIn(seconds: number): Explanation['next'] {
  return { what: 'submit', at: new Date(now + seconds * 1000).toISOString() }
}

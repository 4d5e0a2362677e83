import { expect, test } from 'vitest'
import { countdown } from '../../src/admin/clock.ts'

const now = Date.parse('2026-01-01T12:00:00.000Z')

test.each([
  [1, '0:01'],
  [1000, '0:01'],
  [59_001, '1:00'],
  [754_000, '12:34'],
  [3_661_000, '1:01:01'],
  [0, undefined],
  [-5000, undefined],
])('%i ms left are shown as %s', (ms, text) => {
  expect(countdown(new Date(now + ms).toISOString(), now)).toBe(text)
})

test('what is no time has no countdown', () => {
  expect(countdown('nonsense', now)).toBe(undefined)
})

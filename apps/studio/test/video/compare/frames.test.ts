import { expect, test } from 'vitest'
import { fpsOf, stepTo } from '../../../src/video/compare/frames.ts'

test('a step leads to the middle of the next frame or the one before', () => {
  expect(stepTo(0, 30, 1, 4)).toBeCloseTo(1.5 / 30)
  expect(stepTo(1.5 / 30, 30, 1, 4)).toBeCloseTo(2.5 / 30)
  expect(stepTo(1.5 / 30, 30, -1, 4)).toBeCloseTo(0.5 / 30)
})

test('a time at the border of two frames counts as the later one', () => {
  expect(stepTo(10 / 30 - 1e-9, 30, 1, 4)).toBeCloseTo(11.5 / 30)
})

test('steps end at the first and at the last frame', () => {
  expect(stepTo(0, 30, -1, 4)).toBeCloseTo(0.5 / 30)
  expect(stepTo(4, 30, 1, 4)).toBeCloseTo(119.5 / 30)
})

test('a hundred steps forth and back lead to where they began', () => {
  let time = stepTo(1, 24, 1, 60)
  const start = time
  for (let i = 0; i < 100; i += 1) time = stepTo(time, 24, 1, 60)
  expect(time).toBeCloseTo(start + 100 / 24)
  for (let i = 0; i < 100; i += 1) time = stepTo(time, 24, -1, 60)
  expect(time).toBeCloseTo(start)
})

test.each([24, 25, 30, 60])('%i frames a second are found though some were not shown', (fps) => {
  const shown = [0, 1, 2, 4, 5, 6, 9, 10].map((frame) => Math.round((frame / fps) * 1e5) / 1e5)
  expect(fpsOf(shown)).toBe(fps)
})

test('an odd rate is taken as it is, and few frames tell nothing', () => {
  expect(fpsOf([0, 1, 2, 3, 4, 5].map((frame) => frame / 12))).toBeCloseTo(12)
  expect(fpsOf([0, 0.04])).toBeUndefined()
})

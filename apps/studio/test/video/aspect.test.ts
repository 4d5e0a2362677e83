import { expect, test } from 'vitest'
import { aspectOf } from '../../src/video/aspect.ts'

test.each([
  ['1280x720', 16 / 9],
  ['720x1280', 9 / 16],
  [null, 16 / 9],
  ['odd', 16 / 9],
  ['10x0', 16 / 9],
  ['9999x10', 4],
])('a video of %s is %d times as wide as it is high', (size, aspect) => {
  expect(aspectOf({ size })).toBe(aspect)
})

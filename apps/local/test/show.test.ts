import { expect, test } from 'vitest'
import { isWide } from '../src/show.ts'

test.each([undefined, 0, 1, 20, Number.NaN])('a terminal of %s columns is not drawn in', (columns) => {
  expect(isWide({ columns })).toBe(false)
})

test.each([60, 80, 100_000])('a terminal of %s columns is drawn in', (columns) => {
  expect(isWide({ columns })).toBe(true)
})

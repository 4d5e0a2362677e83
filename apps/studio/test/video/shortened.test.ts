import { expect, test } from 'vitest'
import { shortened } from '../../src/video/shortened.ts'

test('a text that has room stays as it is', () => {
  expect(shortened('a red kite', 10)).toBe('a red kite')
})

test('a longer one ends with an ellipsis', () => {
  expect(shortened('a red kite', 5)).toBe('a red…')
})

test('no character is cut in two', () => {
  expect(shortened('🪁🪁🪁', 2)).toBe('🪁🪁…')
  expect(shortened('🪁🪁', 2)).toBe('🪁🪁')
})

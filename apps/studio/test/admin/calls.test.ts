import { expect, test } from 'vitest'
import { sharesOf, totalOf } from '../../src/admin/calls.ts'

test('calls are parts of one bar, the good ones first and the many before the few', () => {
  const counts = { trouble: 1, video: 6, limited: 2, missing: 1, none: 0 }
  expect(totalOf(counts)).toBe(10)
  expect(sharesOf(counts)).toEqual([
    { outcome: 'video', count: 6, judgement: 'good', percent: 60 },
    { outcome: 'missing', count: 1, judgement: 'neutral', percent: 10 },
    { outcome: 'limited', count: 2, judgement: 'bad', percent: 20 },
    { outcome: 'trouble', count: 1, judgement: 'bad', percent: 10 },
  ])
})

test('an hour without calls has no parts', () => {
  expect(sharesOf({})).toEqual([])
  expect(totalOf({})).toBe(0)
})

test('an outcome that a newer api tells is trouble until it is known here', () => {
  expect(sharesOf({ novel: 1 })).toMatchObject([{ judgement: 'bad' }])
})

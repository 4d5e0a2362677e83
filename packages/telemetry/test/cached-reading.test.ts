import { expect, test } from 'vitest'
import { createCachedReading } from '../src/cached-reading.ts'

test('many who ask at once share one answer', async () => {
  let asked = 0
  const reading = createCachedReading(async () => {
    asked += 1
    return asked
  })
  expect(await Promise.all([reading(), reading(), reading()])).toEqual([1, 1, 1])
  expect(await reading()).toBe(1)
})

test('an answer that is not fresh is asked for anew', async () => {
  let asked = 0
  const reading = createCachedReading(
    async () => {
      asked += 1
      return asked
    },
    { freshMs: 0 },
  )
  expect([await reading(), await reading()]).toEqual([1, 2])
})

test('a store that hangs or fails gives nothing', async () => {
  const hanging = createCachedReading(() => new Promise<number>(() => {}), { deadlineMs: 20 })
  const failing = createCachedReading(async (): Promise<number> => {
    throw new Error('away')
  })
  expect(await hanging()).toBeUndefined()
  expect(await failing()).toBeUndefined()
})

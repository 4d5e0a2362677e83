import { expect, test } from 'vitest'
import { createIntents, newKey } from '../../../src/video/actions/intents.ts'

function counting() {
  let made = 0
  return createIntents(() => {
    made += 1
    return `key ${made}`
  })
}

test('the same words have the same key until they are answered', () => {
  const intents = counting()
  expect(intents.keyFor({ prompt: 'snow' })).toBe('key 1')
  expect(intents.keyFor({ prompt: 'snow' })).toBe('key 1')
  intents.answered()
  expect(intents.keyFor({ prompt: 'snow' })).toBe('key 2')
})

test('other words are another intent', () => {
  const intents = counting()
  expect(intents.keyFor({ prompt: 'snow' })).toBe('key 1')
  expect(intents.keyFor({ prompt: 'rain' })).toBe('key 2')
})

test.each([0, 500, 502, 503])('an answer of %i leaves the key in use', (status) => {
  const intents = counting()
  intents.keyFor({ prompt: 'snow' })
  intents.answered({ status })
  expect(intents.keyFor({ prompt: 'snow' })).toBe('key 1')
})

test.each([400, 422, 429])('an answer of %i ends the intent', (status) => {
  const intents = counting()
  intents.keyFor({ prompt: 'snow' })
  intents.answered({ status })
  expect(intents.keyFor({ prompt: 'snow' })).toBe('key 2')
})

test('keys differ', () => {
  const keys = Array.from({ length: 50 }, newKey)
  expect(new Set(keys).size).toBe(50)
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
})

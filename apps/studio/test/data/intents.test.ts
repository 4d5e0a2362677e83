import { expect, test } from 'vitest'
import { createIntents } from '../../src/data/intents.ts'

const boat = { prompt: 'a paper boat' }

test('the same words have one key until they are answered', () => {
  const intents = aCounter()
  expect([intents.keyFor(boat), intents.keyFor({ ...boat })]).toEqual(['1', '1'])
  intents.answered()
  expect(intents.keyFor(boat)).toBe('2')
})

test.each([0, 500, 503])('a failure of status %s leaves open what was made, and the key stays', (status) => {
  const intents = aCounter()
  intents.keyFor(boat)
  intents.answered({ status })
  expect(intents.keyFor(boat)).toBe('1')
})

test.each([400, 422, 429])(
  'a failure of status %s made nothing, and the next try is another intent',
  (status) => {
    const intents = aCounter()
    intents.keyFor(boat)
    intents.answered({ status })
    expect(intents.keyFor(boat)).toBe('2')
  },
)

test('other words and another picture are another intent', () => {
  const intents = aCounter()
  const picture = (name: string) => ({ ...boat, input_reference: new File(['x'], name, { lastModified: 1 }) })
  const keys = [boat, picture('a.png'), picture('a.png'), picture('b.png'), { prompt: 'snow' }].map(
    intents.keyFor,
  )
  expect(keys).toEqual(['1', '2', '2', '3', '4'])
})

test('keys are long and never the same', () => {
  const keys = [1, 2].map(() => createIntents().keyFor(boat))
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
  expect(keys[0]).not.toBe(keys[1])
})

function aCounter() {
  let count = 0
  return createIntents(() => String(++count))
}

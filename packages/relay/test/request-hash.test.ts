import { expect, test } from 'vitest'
import { requestHash } from '../src/request-hash.ts'

const request = { prompt: 'a paper boat', model: null, metadata: { scene: 3, tags: ['sea', 'night'] } }

test.each<[string, Record<string, unknown>]>([
  ['itself', request],
  [
    'its keys in another order',
    { metadata: { tags: ['sea', 'night'], scene: 3 }, model: null, prompt: request.prompt },
  ],
  ['what is left out said to be undefined', { ...request, size: undefined }],
])('a request is the same as %s', (_, other) => {
  expect(requestHash(other)).toBe(requestHash(request))
})

test.each<[string, Record<string, unknown>]>([
  ['another prompt', { ...request, prompt: 'a paper plane' }],
  ['a list in another order', { ...request, metadata: { scene: 3, tags: ['night', 'sea'] } }],
  ['null in place of nothing', { ...request, size: null }],
  ['text in place of a number', { ...request, metadata: { scene: '3', tags: ['sea', 'night'] } }],
])('a request is another with %s', (_, other) => {
  expect(requestHash(other)).not.toBe(requestHash(request))
})

test.each([
  [{}, []],
  [{ a: 1 }, [['a', 1]]],
  [{ a: [['b', 2]] }, [['a', [['b', 2]]]]],
])('%j is another than %j', (one, other) => {
  expect(requestHash({ metadata: one })).not.toBe(requestHash({ metadata: other }))
})

test('a hash stays what it is from one release to the next', () => {
  expect(requestHash(request)).toBe('5856f8eab2be99fbf225e2858c7c8d35cf50b97b3aa74e9ec292140f0355c1c0')
})

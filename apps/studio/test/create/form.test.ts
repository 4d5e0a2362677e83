import { expect, test } from 'vitest'
import { emptyText, taskOf } from '../../src/create/form.ts'
import { pictureProblem } from '../../src/create/picture.ts'

test('what was left empty is left out of the request', () => {
  expect(taskOf({ ...emptyText, picture: null, prompt: ' a boat ', model: ' ', seconds: ' 8 ' })).toEqual({
    prompt: ' a boat ',
    seconds: '8',
  })
})

test.each([
  ['image/png', 20 * 1024 * 1024, undefined],
  ['image/webp', 20 * 1024 * 1024 + 1, 'pictureSize'],
  ['image/gif', 10, 'pictureType'],
  ['', 10, 'pictureType'],
])('a picture of type “%s” with %s bytes is told before it is sent', (type, size, problem) => {
  expect(pictureProblem({ type, size })).toBe(problem)
})

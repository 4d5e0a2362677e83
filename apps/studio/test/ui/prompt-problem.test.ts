import { expect, test } from 'vitest'
import { en } from '../../src/i18n/en.ts'
import { promptProblem } from '../../src/ui/prompt-problem.ts'

test('a prompt that is missing is told once it was to be sent, until something is typed', () => {
  expect(promptProblem(' \n', en, false)).toBeUndefined()
  expect(promptProblem(' \n', en, true)).toBe('Please fill this in.')
  expect(promptProblem(' a', en, true)).toBeUndefined()
})

test.each([
  ['32 000 letters', 'a'.repeat(32_000), undefined],
  ['32 000 emoji', '🪁'.repeat(32_000), undefined],
  ['three letters more', 'a'.repeat(32_003), en.problems.tooLong(3)],
  ['one emoji more', '🪁'.repeat(32_001), en.problems.tooLong(1)],
])('of %s it is said how many are too many', (_, prompt, problem) => {
  expect(promptProblem(prompt, en, false)).toBe(problem)
})

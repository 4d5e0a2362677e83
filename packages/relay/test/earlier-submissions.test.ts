import type { SubmissionOutcome } from '@reelay/db/schema'
import { expect, test } from 'vitest'
import { lastUnknown, submissionToFind } from '../src/earlier-submissions.ts'

const task = { queuedAt: new Date(1000) }
const of = (outcome: SubmissionOutcome, settledMs: number | null = 500) => ({
  outcome,
  settledAt: settledMs === null ? null : new Date(settledMs),
})

test('an open submission is looked for before one that was given up', () => {
  const [given, open] = [of('unknown'), of('in_doubt', null)]
  expect(submissionToFind(task, [given, open])).toBe(open)
  expect(submissionToFind(task, [given])).toBe(given)
})

test('one that was given up is searched for once after each retry', () => {
  expect(submissionToFind(task, [of('unknown', 1500)])).toBeUndefined()
})

test('what upstream answered is not looked for', () => {
  expect(submissionToFind(task, [of('accepted'), of('refused'), of('not_sent')])).toBeUndefined()
})

test('the last that may have been made is the last that was not refused', () => {
  const unknown = of('unknown')
  expect(lastUnknown([of('not_sent'), of('refused'), unknown])).toBe(unknown)
  expect(lastUnknown([of('accepted'), unknown])).toBeUndefined()
  expect(lastUnknown([])).toBeUndefined()
})

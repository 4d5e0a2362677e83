import { explanationCodes } from '@reelay/contracts/explain'
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import { ended } from './ended.ts'
import { facts } from './facts.ts'
import { followed } from './followed.ts'
import { inQuestion } from './in-question.ts'
import { unsent } from './unsent.ts'

describe('a QUEUED task', () => {
  test.each(unsent)('%s', (_, of, reason) => expect(explain(facts(of))).toMatchObject(reason))
})

describe('a task that may be at upstream', () => {
  test.each(inQuestion)('%s', (_, of, reason) => expect(explain(facts(of))).toMatchObject(reason))
})

describe('a PROCESSING task', () => {
  test.each(followed)('%s', (_, of, reason) => expect(explain(facts(of))).toMatchObject(reason))
})

describe('a task that has ended', () => {
  test.each(ended)('%s', (_, of, reason) => expect(explain(facts(of))).toMatchObject(reason))
})

test('every code is met here', () => {
  const met = [...unsent, ...inQuestion, ...followed, ...ended].map(([, , { because }]) => because)
  expect(new Set(met)).toEqual(new Set(explanationCodes))
})

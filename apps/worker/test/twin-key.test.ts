import type { ExternalTaskId } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { twinKey } from '../src/twin-key.ts'

const remix = { prompt: 'a red kite', sourceId: 'video_1' as ExternalTaskId }
const ofAnother = { ...remix, sourceId: 'video_2' as ExternalTaskId }
const other = { ...remix, prompt: 'a blue kite' }
const first = { prompt: 'a red kite' }

test('twins have one source and one prompt, however it is spaced', () => {
  expect(twinKey({ ...remix, prompt: ' a  red\nkite' })).toBe(twinKey(remix))
  expect(new Set([remix, ofAnother, other, first].map((each) => twinKey(each))).size).toBe(4)
})

test('where a list tells no sources, videos of any source are twins by their prompt', () => {
  const tells = { prompt: true, source: false }
  expect(twinKey(ofAnother, tells)).toBe(twinKey(remix, tells))
  expect(twinKey(first, tells)).toBe(twinKey(remix, tells))
  expect(twinKey(other, tells)).not.toBe(twinKey(remix, tells))
})

test('where a list tells no prompts, videos of one source are twins', () => {
  const tells = { prompt: false, source: true }
  expect(twinKey(other, tells)).toBe(twinKey(remix, tells))
  expect(twinKey(ofAnother, tells)).not.toBe(twinKey(remix, tells))
})

test('first videos that a list can’t tell apart don’t wait for one another', () => {
  const tells = { prompt: false, source: true }
  expect(twinKey({ prompt: 'a blue kite' }, tells)).not.toBe(twinKey(first, tells))
})

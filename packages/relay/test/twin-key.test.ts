import type { ExternalTaskId } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { rivalOf, twinKey } from '../src/twin-key.ts'

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

test('edits and extensions of one prompt are twins of one another and of first videos, whatever their sources', () => {
  const edit = twinKey({ ...remix, kind: 'edit' })
  expect(twinKey({ ...ofAnother, kind: 'extension' })).toBe(edit)
  expect(twinKey(first)).toBe(edit)
  expect(twinKey({ ...other, kind: 'edit' })).not.toBe(edit)
  expect(twinKey({ ...remix, kind: 'remix' })).toBe(twinKey(remix))
})

test('where a list tells no prompts, edits are twins of the remixes of their source', () => {
  const tells = { prompt: false, source: true }
  expect(twinKey({ ...other, kind: 'edit' }, tells)).toBe(twinKey(remix, tells))
  expect(rivalOf({ ...other, kind: 'edit' }, tells)).toBeUndefined()
})

test('an edit and a remix of one source and prompt are rivals', () => {
  const edit = { ...remix, kind: 'edit' as const }
  expect(rivalOf(edit)).toEqual({ sourceId: 'video_1', twinKey: twinKey(remix) })
  expect(rivalOf({ ...remix, kind: 'remix' })).toEqual({ sourceId: 'video_1', twinKey: twinKey(edit) })
  expect(rivalOf(first)).toBeUndefined()
  expect(rivalOf(edit, { prompt: true, source: false })).toBeUndefined()
})

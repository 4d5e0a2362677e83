import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Video } from '@reelay/upstream/video/video'
import { expect, test } from 'vitest'
import { isMatch, type LostSubmission } from '../src/match.ts'

const now = Date.parse('2026-01-01T00:01:00Z')
const startedAt = now - 30_000
const source = 'up_source' as ExternalTaskId
const remix: LostSubmission = { prompt: 'a red kite', sourceId: source, startedAt }
const first: LostSubmission = { ...remix, sourceId: undefined }
const untold: LostSubmission = { ...remix, sourceId: 'any' }
const edit: LostSubmission = { ...remix, mayLackSource: true }

const listed: Video = {
  id: 'up_1' as ExternalTaskId,
  status: 'queued',
  rawStatus: 'queued',
  createdAt: startedAt / 1000,
  prompt: 'a red kite',
  remixedFrom: source,
}
const firstListed = { ...listed, remixedFrom: undefined }

test.each<[string, Video, LostSubmission, boolean]>([
  ['a remix of the same source with the same prompt', listed, remix, true],
  [
    'a prompt that differs in white space and form only',
    { ...listed, prompt: ' a  red\nkite ' },
    remix,
    true,
  ],
  ['another prompt', { ...listed, prompt: 'a blue kite' }, remix, false],
  ['another source', { ...listed, remixedFrom: 'up_other' }, remix, false],
  ['a remix where a first video is wanted', listed, first, false],
  ['a first video where a remix is wanted', firstListed, remix, false],
  ['a first video with the same prompt', firstListed, first, true],
  ['a remix of the same source without a prompt', { ...listed, prompt: undefined }, remix, true],
  ['a first video without a prompt', { ...firstListed, prompt: undefined }, first, false],
  ['one with the same prompt, where no source is told', { ...listed, remixedFrom: 'up_other' }, untold, true],
  ['one without a prompt, where no source is told', { ...listed, prompt: undefined }, untold, false],
  ['an edit that tells its source', listed, edit, true],
  ['an edit that tells no source', firstListed, edit, true],
  ['a remix of another source where an edit is wanted', { ...listed, remixedFrom: 'up_other' }, edit, false],
  ['an edit without a prompt', { ...listed, prompt: undefined }, edit, false],
  ['one made ten seconds before we began', { ...listed, createdAt: startedAt / 1000 - 10 }, remix, true],
  ['one made earlier than that', { ...listed, createdAt: startedAt / 1000 - 11 }, remix, false],
  ['one made after the look', { ...listed, createdAt: now / 1000 + 11 }, remix, false],
  ['a remix that does not say when it was made', { ...listed, createdAt: undefined }, remix, true],
  ['a first video that does not say so', { ...firstListed, createdAt: undefined }, first, true],
  [
    'one that says neither when nor its prompt',
    { ...listed, createdAt: undefined, prompt: undefined },
    remix,
    false,
  ],
])('%s: %#', (_, video, wanted, expected) => {
  expect(isMatch(video, wanted, { now, skewMs: 0 })).toBe(expected)
})

test.each([90_000, -90_000])('an upstream clock that is %s ms off is corrected', (skewMs) => {
  const skewed = { ...listed, createdAt: (startedAt + skewMs) / 1000 }
  expect(isMatch(skewed, remix, { now, skewMs })).toBe(true)
  expect(isMatch(skewed, remix, { now, skewMs: 0 })).toBe(false)
})

import { errorCodes } from '@reelay/contracts/lifecycle'
import type { Task } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { costOfRetry } from '../../../src/video/actions/cost-of-retry.ts'

const refused = { externalTaskId: null, metadata: {} }
const accepted = { externalTaskId: 'video_1' as Task['externalTaskId'], metadata: {} }
const imported = { ...accepted, metadata: { type: 'import' } }

test.each(errorCodes)('a retry of an imported video that ended with %s costs nothing', (errorCode) => {
  expect(costOfRetry({ ...imported, errorCode }, false)).toBe('nothing')
})

test.each(['upstream_refused', 'moderation_blocked', 'insufficient_quota'] as const)(
  'a retry after %s is paid for once, unless upstream had accepted the video',
  (errorCode) => {
    expect(costOfRetry({ ...refused, errorCode }, false)).toBe('once')
    expect(costOfRetry({ ...accepted, errorCode }, false)).toBe('ifNotFound')
  },
)

test('what may have been made is paid for again at its owner’s word alone', () => {
  expect(costOfRetry({ ...refused, errorCode: 'submission_unknown' }, false)).toBe('nothingMore')
  expect(costOfRetry({ ...refused, errorCode: 'submission_unknown' }, true)).toBe('maybeTwice')
})

test.each([null, 'upstream_failed', 'upstream_lost', 'no_content', 'timeout'] as const)(
  'a retry after %s looks for what was paid',
  (errorCode) => {
    expect(costOfRetry({ ...accepted, errorCode }, false)).toBe('ifNotFound')
  },
)

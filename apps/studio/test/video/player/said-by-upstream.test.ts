import { expect, test } from 'vitest'
import { saidByUpstream } from '../../../src/video/player/said-by-upstream.ts'

test.each(['upstream_refused', 'moderation_blocked', 'insufficient_quota', 'upstream_failed'] as const)(
  'the message of %s is upstream’s',
  (errorCode) => {
    expect(saidByUpstream({ errorCode, errorMessage: 'No.', upstreamCode: 'no' })).toEqual({
      message: 'No.',
      code: 'no',
    })
  },
)

test.each(['submission_unknown', 'upstream_lost', 'no_content', 'timeout'] as const)(
  'the message of %s is our own',
  (errorCode) => {
    expect(saidByUpstream({ errorCode, errorMessage: 'too late', upstreamCode: null })).toBeUndefined()
  },
)

test('where there is no message, nothing was said', () => {
  expect(
    saidByUpstream({ errorCode: 'upstream_failed', errorMessage: null, upstreamCode: null }),
  ).toBeUndefined()
})

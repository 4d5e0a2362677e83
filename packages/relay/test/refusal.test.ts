import type { ErrorCode, TaskStatus } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { InsertedTask } from '@reelay/db/moves/inserts'
import { expect, test } from 'vitest'
import { newVideoId } from '../src/new-video-id.ts'
import { refusalOf } from '../src/refusal.ts'

const failed: InsertedTask = {
  videoId: newVideoId(),
  attempt: 1,
  status: 'FAILED',
  requestHash: 'hash',
  externalTaskId: null,
  metadata: {},
  errorCode: 'upstream_refused',
  upstreamCode: 'invalid_prompt',
  errorMessage: 'Not this prompt.',
  deletedAt: null,
  progress: 0,
  prompt: 'a cat',
  model: null,
  size: null,
  seconds: null,
  clip: null,
  createdAt: new Date(),
  completedAt: new Date(),
}

test.each<[ErrorCode | null, string]>([
  ['upstream_refused', 'upstream_refused'],
  ['moderation_blocked', 'moderation_blocked'],
  ['submission_unknown', 'submission_unknown'],
  ['timeout', 'timeout'],
  ['insufficient_quota', 'upstream_refused'],
  ['upstream_lost', 'upstream_refused'],
  [null, 'upstream_refused'],
])('a task that failed unmade with %s was refused as %s', (errorCode, code) => {
  expect(refusalOf({ ...failed, errorCode })).toEqual({
    code,
    videoId: failed.videoId,
    upstreamCode: 'invalid_prompt',
    upstreamMessage: 'Not this prompt.',
  })
})

test.each<[TaskStatus, string | null]>([
  ['QUEUED', null],
  ['PROCESSING', 'up_1'],
  ['COMPLETED', 'up_1'],
  ['CANCELLED', null],
  ['FAILED', 'up_1'],
])('a task that is %s with upstream id %s was not refused', (status, externalTaskId) => {
  expect(
    refusalOf({ ...failed, status, externalTaskId: externalTaskId as ExternalTaskId | null }),
  ).toBeUndefined()
})

import {
  aJob,
  aSubmission,
  at,
  type Case,
  credential,
  delayed,
  externalId,
  gone,
  inDoubt,
  rows,
} from './facts.ts'

/** Of a task that has ended. */
export const ended: Case[] = [
  [
    'is finished',
    { task: rows.completed(), job: undefined },
    { because: 'completed', since: at(50), next: null, details: { credential } },
  ],
  [
    'is being archived',
    { task: rows.completed({ archive: 'pending' }), job: delayed(60, { failures: 2 }) },
    { because: 'archiving', next: { what: 'archive', at: at(60) }, details: { credential, failures: 2 } },
  ],
  [
    'is being archived without a job',
    { task: rows.completed({ archive: 'pending' }), job: aJob({ state: 'missing' }) },
    { because: 'archiving', next: { what: 'enqueue', at: at(20) } },
  ],
  [
    'is being archived without a worker',
    { task: rows.completed({ archive: 'pending' }), job: aJob({ state: 'missing' }), workers: 0 },
    { because: 'archiving', next: { what: 'archive', at: null } },
  ],
  [
    'is being archived without Redis',
    { task: rows.completed({ archive: 'pending' }), job: 'away' },
    { because: 'archiving', next: { what: 'archive', at: null } },
  ],
  [
    'has lost its clip',
    { task: rows.completed({ archive: 'lost' }), job: undefined },
    { because: 'archive_lost', next: null },
  ],
  [
    'had its clip removed',
    { task: rows.completed({ archive: 'removed' }), job: undefined },
    { because: 'clip_removed', details: { credential } },
  ],
  [
    'is an upload whose clip was removed',
    { ...gone, task: rows.completed({ archive: 'removed', externalTaskId: null }), job: undefined },
    { because: 'clip_removed', details: {} },
  ],
  [
    'is at an upstream that is gone',
    { ...gone, task: rows.completed({ archive: null }), job: undefined },
    { because: 'upstream_gone', next: null, details: { credential } },
  ],
  [
    'has a copy of what is gone',
    { ...gone, task: rows.completed(), job: undefined },
    { because: 'completed' },
  ],
  [
    'failed',
    { task: rows.failed(), submissions: [aSubmission({ outcome: 'accepted', externalId })], job: undefined },
    { because: 'failed', since: at(50), next: null, details: { credential, code: 'upstream_failed' } },
  ],
  [
    'failed for a reason of a newer version',
    { task: rows.failed({ errorCode: 'new' as never }), job: undefined },
    { because: 'failed', details: { code: 'upstream_failed' } },
  ],
  [
    'was cancelled',
    { task: rows.cancelled(), job: undefined },
    { because: 'cancelled', since: at(50), next: null, details: {} },
  ],
  [
    'was cancelled and is still looked for',
    { task: rows.cancelled(), submissions: [inDoubt], job: delayed(14) },
    { because: 'cancelled', next: { what: 'search', at: at(14) }, details: { credential, until: at(121) } },
  ],
  [
    'was cancelled and has lost the job that looks for it',
    { task: rows.cancelled(), submissions: [inDoubt], job: aJob({ state: 'missing' }) },
    { because: 'cancelled', next: { what: 'enqueue', at: at(20) } },
  ],
]

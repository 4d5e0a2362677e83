import { firstCredential } from '@reelay/contracts/credential'
import { explanationCodes } from '@reelay/contracts/explain'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import type { Facts, Reason } from '../../src/explain/facts.ts'
import { aJob, aSubmission, aTurn, at, delayed, facts, other, rows } from './facts.ts'

type Case = [title: string, of: Partial<Facts>, reason: Partial<Reason>]

const credential = firstCredential
const externalId = 'up_1' as ExternalTaskId
const holdOf = (second: number) => ({
  inFlight: 0,
  hold: { until: at(second), because: 'key_rejected' as const },
  isProbed: false,
})
const gone: Partial<Facts> = { clientOf: () => undefined }
const listless: Partial<Facts> = { clientOf: () => ({ reads: { list: undefined } }) }
const inDoubt = aSubmission({ outcome: 'in_doubt' })
const retried = rows.queued({ attempt: 2, queuedAt: at(5) })

const unsent: Case[] = [
  [
    'is the next one',
    { turn: aTurn() },
    { because: 'in_queue', since: at(0), next: { what: 'submit', at: null }, details: { behind: 0 } },
  ],
  [
    'waits for those before it',
    { turn: aTurn(), job: aJob({ behind: 3 }) },
    { because: 'in_queue', details: { behind: 3 } },
  ],
  [
    'is tried again soon',
    { turn: aTurn(), job: delayed(12) },
    { because: 'in_queue', next: { what: 'submit', at: at(12) }, details: {} },
  ],
  [
    'waits for a pause of the queue',
    { turn: aTurn(), job: aJob({ behind: 0, pausedUntil: at(11) }) },
    { because: 'in_queue', next: { what: 'submit', at: at(11) } },
  ],
  [
    'is held with all others of its key',
    { turn: aTurn({ turn: 'held', waitMs: 20_000 }, { figures: holdOf(30) }) },
    {
      because: 'held',
      next: { what: 'submit', at: at(30) },
      details: { credential, behind: 0, holdBecause: 'key_rejected' },
    },
  ],
  [
    'is held, and looked at later',
    { turn: aTurn({ turn: 'held', waitMs: 20_000 }, { figures: holdOf(30) }), job: delayed(40) },
    { because: 'held', next: { what: 'submit', at: at(40) } },
  ],
  [
    'was turned away by itself',
    {
      submissions: [aSubmission({ waitsUntil: at(25), waitsBecause: 'unclear', settledAt: at(3) })],
      job: delayed(24),
    },
    {
      because: 'turned_away',
      since: at(3),
      next: { what: 'submit', at: at(25) },
      details: { credential, holdBecause: 'unclear' },
    },
  ],
  [
    'was turned away by its last key',
    {
      submissions: [
        aSubmission({ waitsBecause: 'balance_empty', notBefore: { [credential]: at(60).toISOString() } }),
      ],
      turn: aTurn({ turn: 'held', waitMs: 50_000 }),
    },
    {
      because: 'turned_away',
      next: { what: 'submit', at: at(60) },
      details: { holdBecause: 'balance_empty' },
    },
  ],
  [
    'has waited long enough by itself',
    { submissions: [aSubmission({ waitsUntil: at(9) })], turn: aTurn() },
    { because: 'in_queue' },
  ],
  [
    'waits for a permit',
    {
      turn: aTurn(
        { turn: 'no_permit' },
        { maxInFlight: 2, figures: { inFlight: 2, hold: undefined, isProbed: true } },
      ),
      job: delayed(11),
    },
    {
      because: 'no_permit',
      next: { what: 'submit', at: null },
      details: { credential, inFlight: 2, maxInFlight: 2 },
    },
  ],
  [
    'waits for the rate',
    { turn: aTurn({ turn: 'no_permit', waitMs: 8000 }, { rate: 5, maxInFlight: 2 }) },
    { because: 'rate_limited', next: { what: 'submit', at: at(18) } },
  ],
  [
    'waits for the rate of what is on its way',
    { turn: aTurn({ turn: 'no_permit' }, { rate: 1 }) },
    { because: 'rate_limited', next: { what: 'submit', at: null } },
  ],
  [
    'waits for a probe',
    {
      turn: aTurn(
        { turn: 'no_permit' },
        { maxInFlight: 1, figures: { ...holdOf(5), inFlight: 1, isProbed: true } },
      ),
    },
    { because: 'probing', next: { what: 'submit', at: null } },
  ],
  [
    'lets others go first',
    { turn: aTurn({ turn: 'not_its_turn' }, { figures: holdOf(9) }) },
    { because: 'not_its_turn' },
  ],
  [
    'has a twin',
    { turn: aTurn({}, { hasTwin: true }), job: delayed(14, { waits: 2 }) },
    { because: 'twin', next: { what: 'submit', at: at(14) }, details: { credential } },
  ],
  [
    'could not be sent',
    { turn: aTurn(), job: delayed(20, { failures: 4 }) },
    { because: 'backoff', next: { what: 'submit', at: at(20) }, details: { failures: 4 } },
  ],
  [
    'is in hand',
    { turn: aTurn(), job: aJob({ state: 'active' }) },
    { because: 'sending', next: { what: 'submit', at: at(10) } },
  ],
  [
    'has no key at all',
    { turn: { ...aTurn(), candidates: [], choice: undefined }, job: delayed(30) },
    { because: 'no_upstream', next: { what: 'submit', at: at(30) } },
  ],
  [
    'has lost its only key',
    { task: rows.queued({ pinnedTo: credential }), turn: { ...aTurn(), candidates: [], choice: undefined } },
    { because: 'upstream_gone', next: { what: 'submit', at: at(10) } },
  ],
  [
    'is too late',
    { now: at(86_400), job: delayed(86_405), turn: aTurn() },
    { because: 'too_late', since: at(86_400), next: { what: 'give_up', at: at(86_405) } },
  ],
  [
    'has no job',
    { turn: aTurn(), job: aJob({ state: 'missing' }) },
    { because: 'job_missing', next: { what: 'enqueue', at: at(20) } },
  ],
  [
    'has no Redis',
    { turn: aTurn({ turn: 'held', waitMs: 5 }), job: 'away' },
    { because: 'redis_away', since: at(0), next: { what: 'enqueue', at: null } },
  ],
  [
    'is stopped by an operator',
    { turn: aTurn(), job: aJob({ behind: 1, isStopped: true }) },
    { because: 'stopped', next: { what: 'submit', at: null } },
  ],
  [
    'meets a fault of ours',
    { turn: undefined, job: delayed(15, { errors: 2, failures: 1 }) },
    { because: 'own_error', next: { what: 'submit', at: at(15) }, details: { failures: 2 } },
  ],
  [
    'was due long ago',
    { now: at(60), turn: aTurn(), job: delayed(40) },
    { because: 'workers_late', since: at(40), next: { what: 'submit', at: at(60) } },
  ],
  [
    'is late in a pause',
    { now: at(60), turn: aTurn(), job: { ...delayed(40), pausedUntil: at(70) } },
    { because: 'in_queue', next: { what: 'submit', at: at(70) } },
  ],
]

const inQuestion: Case[] = [
  [
    'is being sent',
    { submissions: [aSubmission({ outcome: 'sending' })], job: delayed(15) },
    { because: 'sending', since: at(1), next: { what: 'search', at: at(68) }, details: { credential } },
  ],
  [
    'is being sent without Redis',
    { submissions: [aSubmission({ outcome: 'sending' })], job: 'away' },
    { because: 'sending' },
  ],
  [
    'was being sent by a worker that died',
    { now: at(90), submissions: [aSubmission({ outcome: 'sending' })], job: delayed(95) },
    { because: 'reply_lost', next: { what: 'search', at: at(95) }, details: { credential, until: at(121) } },
  ],
  [
    'has lost its reply',
    { submissions: [inDoubt], job: delayed(14, { looks: 2 }) },
    {
      because: 'reply_lost',
      since: at(1),
      next: { what: 'search', at: at(14) },
      details: { credential, until: at(121) },
    },
  ],
  [
    'has lost its reply and no list can be read',
    { submissions: [inDoubt], job: delayed(14, { failures: 3 }) },
    { because: 'reply_lost', details: { credential, failures: 3, until: at(86_401) } },
  ],
  [
    'has lost its reply where there is no list',
    { ...listless, submissions: [inDoubt], job: delayed(14) },
    { because: 'reply_lost', next: { what: 'give_up', at: at(14) } },
  ],
  [
    'has lost its reply with the key',
    { ...gone, submissions: [inDoubt], job: delayed(14) },
    {
      because: 'upstream_gone',
      next: { what: 'search', at: at(14) },
      details: { credential, until: at(86_401) },
    },
  ],
  [
    'has lost its reply and its job',
    { submissions: [inDoubt], job: aJob({ state: 'missing' }) },
    { because: 'job_missing', next: { what: 'enqueue', at: at(20) }, details: { credential } },
  ],
  [
    'has lost its reply and Redis',
    { submissions: [inDoubt], job: 'away' },
    { because: 'redis_away', details: { credential } },
  ],
  [
    'waits for the reply to an earlier attempt',
    { task: retried, submissions: [inDoubt], job: delayed(14) },
    { because: 'reply_lost', since: at(1) },
  ],
  [
    'searches once more for an earlier attempt',
    { task: retried, submissions: [aSubmission({ outcome: 'unknown', settledAt: at(4) })], job: delayed(11) },
    { because: 'reply_lost', next: { what: 'search', at: at(11) } },
  ],
  [
    'looks for an earlier video',
    {
      task: retried,
      submissions: [aSubmission({ outcome: 'accepted', externalId })],
      job: delayed(40, { misses: 1 }),
    },
    { because: 'earlier_video', next: { what: 'look', at: at(40) }, details: { credential, failures: 1 } },
  ],
  [
    'is to be paid again though an earlier one may turn up',
    {
      task: { ...retried, force: true },
      submissions: [aSubmission({ outcome: 'unknown', credential: other, settledAt: at(6) })],
      turn: aTurn(),
    },
    {
      because: 'may_turn_up',
      since: at(1),
      next: { what: 'submit', at: at(121) },
      details: { credential: other },
    },
  ],
  [
    'has nothing left to look for',
    { task: retried, submissions: [aSubmission({ outcome: 'refused' })], turn: aTurn() },
    { because: 'in_queue', since: at(5) },
  ],
]

const task = rows.processing()
const made = { credential, progress: 42 }
const followed: Case[] = [
  [
    'is being made',
    { task, job: delayed(14) },
    { because: 'upstream_works', since: at(2), next: { what: 'look', at: at(14) }, details: made },
  ],
  [
    'is looked at now',
    { task, job: aJob({ state: 'active' }) },
    { because: 'upstream_works', next: { what: 'look', at: at(10) } },
  ],
  [
    'takes long',
    { task: rows.processing({ overdue: true }), job: delayed(60) },
    { because: 'overdue', details: { ...made, until: at(86_402) } },
  ],
  [
    'hears nothing from upstream',
    { task: rows.processing({ overdue: true }), job: delayed(30, { failures: 7 }) },
    {
      because: 'upstream_silent',
      next: { what: 'look', at: at(30) },
      details: { ...made, failures: 7, until: at(86_402) },
    },
  ],
  [
    'is not known upstream',
    { task, job: delayed(15, { misses: 2, missingSince: 5 }) },
    { because: 'upstream_misses', details: { ...made, failures: 2 } },
  ],
  [
    'has nothing to play yet',
    { task, job: delayed(15, { empties: 3 }) },
    { because: 'nothing_to_play', details: { ...made, failures: 3 } },
  ],
  [
    'has lost its upstream',
    { ...gone, task, job: delayed(30, { failures: 3 }) },
    {
      because: 'upstream_gone',
      next: { what: 'look', at: at(30) },
      details: { credential, until: at(86_402) },
    },
  ],
  [
    'has no job',
    { task, job: aJob({ state: 'missing' }) },
    { because: 'job_missing', next: { what: 'enqueue', at: at(20) } },
  ],
  [
    'has no Redis',
    { task, job: 'away' },
    { because: 'redis_away', next: { what: 'enqueue', at: null }, details: made },
  ],
  [
    'is stopped by an operator',
    { task, job: aJob({ behind: 0, isStopped: true }) },
    { because: 'stopped', next: { what: 'look', at: null } },
  ],
  [
    'meets a fault of ours',
    { task, job: delayed(15, { errors: 1 }) },
    { because: 'own_error', details: { ...made, failures: 1 } },
  ],
  [
    'waits for a worker',
    { now: at(40), task, job: delayed(20) },
    { because: 'workers_late', since: at(20), next: { what: 'look', at: at(40) } },
  ],
]

const ended: Case[] = [
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
]

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

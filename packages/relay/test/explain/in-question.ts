import type { Facts } from '../../src/explain/facts.ts'
import {
  aJob,
  aSubmission,
  aTurn,
  at,
  type Case,
  credential,
  delayed,
  externalId,
  gone,
  inDoubt,
  other,
  rows,
} from './facts.ts'

const listless: Partial<Facts> = { clientOf: () => ({ reads: { list: undefined } }) }
const retried = rows.queued({ attempt: 2, queuedAt: at(5) })

/** Of a task that may be at upstream. */
export const inQuestion: Case[] = [
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
    'searches once more as soon as those before it are done',
    {
      task: retried,
      submissions: [aSubmission({ outcome: 'unknown', settledAt: at(4) })],
      job: aJob({ behind: 38 }),
    },
    { because: 'reply_lost', next: { what: 'search', at: null }, details: { credential, behind: 38 } },
  ],
  [
    'looks for an earlier video as soon as those before it are done',
    {
      task: retried,
      submissions: [aSubmission({ outcome: 'accepted', externalId })],
      job: aJob({ behind: 38, pausedUntil: at(11), notes: { misses: 1 } }),
    },
    { because: 'earlier_video', next: { what: 'look', at: null }, details: { failures: 1, behind: 38 } },
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
    'looks for an earlier video as soon as a worker takes it',
    {
      task: retried,
      now: at(60),
      submissions: [aSubmission({ outcome: 'accepted', externalId })],
      job: delayed(40, { misses: 1 }),
    },
    { because: 'earlier_video', next: { what: 'look', at: null } },
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

import { aJob, aSubmission, aTurn, at, type Case, credential, delayed, rows } from './facts.ts'

const holdOf = (second: number) => ({
  inFlight: 0,
  hold: { until: at(second), because: 'key_rejected' as const },
  isProbed: false,
})

/** Of a QUEUED task of which nothing is under way. */
export const unsent: Case[] = [
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
    'waits for a pause of the queue, and for those before it',
    { turn: aTurn(), job: aJob({ behind: 3, pausedUntil: at(11) }) },
    { because: 'in_queue', next: { what: 'submit', at: null }, details: { behind: 3 } },
  ],
  [
    'was due a moment ago',
    { turn: aTurn(), job: delayed(8) },
    { because: 'in_queue', next: { what: 'submit', at: at(8) } },
  ],
  [
    'has a twin, and others before it',
    { turn: aTurn({}, { hasTwin: true }), job: aJob({ behind: 3 }) },
    { because: 'twin', next: { what: 'submit', at: null }, details: { credential, behind: 3 } },
  ],
  [
    'could not be sent, and waits for others',
    { turn: aTurn(), job: aJob({ behind: 3, notes: { failures: 4 } }) },
    { because: 'backoff', next: { what: 'submit', at: null }, details: { failures: 4, behind: 3 } },
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
    { because: 'upstream_gone', next: { what: 'submit', at: null }, details: { behind: 0 } },
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
    'has no worker',
    { turn: aTurn(), job: aJob({ behind: 3 }), workers: 0 },
    { because: 'no_worker', since: at(0), next: { what: 'submit', at: null } },
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
    { because: 'workers_late', since: at(40), next: { what: 'submit', at: null } },
  ],
  [
    'is late in a pause',
    { now: at(60), turn: aTurn(), job: { ...delayed(40), pausedUntil: at(70) } },
    { because: 'in_queue', next: { what: 'submit', at: at(70) } },
  ],
]

import { aJob, at, type Case, credential, delayed, gone, rows } from './facts.ts'

const task = rows.processing()
const made = { credential, progress: 42 }
/** Of a PROCESSING task. */
export const followed: Case[] = [
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
    'is looked at after others',
    { task, job: aJob({ behind: 2 }) },
    { because: 'upstream_works', next: { what: 'look', at: null }, details: { ...made, behind: 2 } },
  ],
  [
    'takes long',
    { task: rows.processing({ overdue: true }), job: delayed(60) },
    { because: 'overdue', details: { ...made, until: at(86_402) } },
  ],
  [
    'hears nothing from upstream',
    {
      task: rows.processing({ overdue: true, pollTrouble: { attempt: 1, failures: 7 } }),
      job: delayed(30),
    },
    {
      because: 'upstream_silent',
      next: { what: 'look', at: at(30) },
      details: { ...made, failures: 7, until: at(86_402) },
    },
  ],
  [
    'is not known upstream',
    { task: rows.processing({ pollTrouble: { attempt: 1, misses: 2, missingSince: 5 } }), job: delayed(15) },
    { because: 'upstream_misses', details: { ...made, failures: 2 } },
  ],
  [
    'has nothing to play yet',
    { task: rows.processing({ pollTrouble: { attempt: 1, empties: 3 } }), job: delayed(15) },
    { because: 'nothing_to_play', details: { ...made, failures: 3 } },
  ],
  [
    'is left out by its lane until a time of its own',
    {
      task: rows.processing({
        pollTrouble: { attempt: 1, failures: 7, notBefore: at(40).getTime() },
      }),
      job: delayed(14),
    },
    { because: 'upstream_silent', next: { what: 'look', at: at(40) } },
  ],
  [
    'is left out while its lane runs',
    {
      task: rows.processing({ overdue: true, pollTrouble: { attempt: 1, notBefore: at(62).getTime() } }),
      job: aJob({ state: 'active' }),
    },
    { because: 'overdue', next: { what: 'look', at: at(62) } },
  ],
  [
    'may be looked at when its lane is due next',
    {
      task: rows.processing({ overdue: true, pollTrouble: { attempt: 1, notBefore: at(9).getTime() } }),
      job: delayed(14),
    },
    { because: 'overdue', next: { what: 'look', at: at(14) } },
  ],
  [
    'is left out by a lane that is not timed',
    {
      task: rows.processing({ pollTrouble: { attempt: 1, failures: 7, notBefore: at(40).getTime() } }),
      job: aJob({ behind: 2 }),
    },
    { because: 'upstream_silent', next: { what: 'look', at: null } },
  ],
  [
    'is left out by a lane without a job',
    {
      task: rows.processing({ pollTrouble: { attempt: 1, failures: 7, notBefore: at(40).getTime() } }),
      job: aJob({ state: 'missing' }),
    },
    { because: 'job_missing', next: { what: 'enqueue', at: at(20) } },
  ],
  [
    'is one of many in its lane, at others of which it looks for long',
    { task, job: delayed(15, { tasks: 40, late: 2 }) },
    { because: 'upstream_works', details: made },
  ],
  [
    'had trouble in an earlier attempt',
    { task: rows.processing({ pollTrouble: { attempt: 2, empties: 3 } }), job: delayed(15) },
    { because: 'upstream_works' },
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
    'has lost its upstream, and no worker is there',
    { ...gone, task, job: delayed(4), workers: 0 },
    { because: 'upstream_gone', next: { what: 'look', at: null } },
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
    'has no worker',
    { task, job: delayed(14), workers: 0 },
    { because: 'no_worker', next: { what: 'look', at: null }, details: made },
  ],
  [
    'is looked at by a worker that was silent for a while',
    { task, job: aJob({ state: 'active' }), workers: 0 },
    { because: 'upstream_works' },
  ],
  [
    'is stopped by an operator',
    { task, job: aJob({ behind: 0, isStopped: true }) },
    { because: 'stopped', next: { what: 'look', at: null } },
  ],
  [
    'is in a lane that meets a fault of ours',
    { task, job: delayed(15, { errors: 1 }) },
    { because: 'own_error', next: { what: 'look', at: at(15) }, details: { ...made, failures: 1 } },
  ],
  [
    'waits for a worker',
    { now: at(40), task, job: delayed(20) },
    { because: 'workers_late', since: at(20), next: { what: 'look', at: null } },
  ],
]

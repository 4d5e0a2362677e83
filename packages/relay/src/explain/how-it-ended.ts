import { credentialOf } from '@reelay/contracts/credential'
import type { NextStep } from '@reelay/contracts/explain'
import { errorCodes } from '@reelay/contracts/lifecycle'
import { isOpen } from '@reelay/db/submission-outcome'
import { type Facts, later, type Reason } from './facts.ts'
import { dueAt, isThere, notesOf } from './job.ts'

export function howItEnded(facts: Facts): Reason {
  const { task } = facts
  if (task.status === 'COMPLETED') return howItCompleted(facts)
  const since = task.completedAt ?? task.updatedAt
  const open = facts.submissions.find(isOpen)
  const paid = open ?? facts.submissions.find(({ externalId }) => externalId !== null)
  const code = errorCodes.find((known) => known === task.errorCode) ?? 'upstream_failed'
  return {
    because: task.status === 'FAILED' ? 'failed' : 'cancelled',
    since,
    next: open ? nextStep(facts, 'search') : null,
    details: {
      ...(paid && { credential: paid.credential }),
      ...(open && { until: later(open.startedAt, facts.times.windowMs) }),
      ...(task.status === 'FAILED' && { code }),
    },
  }
}

function howItCompleted(facts: Facts): Reason {
  const { task } = facts
  const since = task.completedAt ?? task.updatedAt
  const credential = credentialOf(task)
  // An upload was never at upstream.
  const details = task.externalTaskId === null ? {} : { credential }
  if (task.archive === 'pending') {
    const { failures } = notesOf(facts.job)
    const next = nextStep(facts, 'archive')
    return { because: 'archiving', since, next, details: { ...details, ...(failures && { failures }) } }
  }
  if (task.archive === 'lost') return { because: 'archive_lost', since, next: null, details }
  const isGone = task.externalTaskId !== null && !facts.clientOf(credential)
  if (task.archive !== 'done' && isGone) return { because: 'upstream_gone', since, next: null, details }
  const because = task.archive === 'removed' ? 'clip_removed' : 'completed'
  return { because, since, next: null, details }
}

function nextStep(facts: Facts, what: NextStep): Reason['next'] {
  const { job, now, workers, times } = facts
  if (isThere(job) && job.state === 'missing' && workers !== 0)
    return { what: 'enqueue', at: later(now, times.sweepIntervalMs) }
  return { what, at: dueAt(facts) }
}

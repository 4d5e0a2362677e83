import { credentialOf } from '@reelay/contracts/credential'
import { pollTroubleOf } from '@reelay/db/tasks/lanes'
import { type Facts, later, type Reason } from './facts.ts'
import { dueAt, latest, whyNobodyWorks, whyNotTaken } from './job.ts'

export function whyNotDone(facts: Facts): Reason {
  const reason = reasonOf(facts)
  return { ...reason, next: noSooner(reason.next, facts) }
}

function reasonOf(facts: Facts): Reason {
  const { task, times } = facts
  const since = task.acceptedAt ?? task.queuedAt
  const credential = credentialOf(task)
  const next = { what: 'look', at: dueAt(facts) } as const
  const deadline = later(since, times.deadlineMs)
  if (!facts.clientOf(credential))
    return { because: 'upstream_gone', since, next, details: { credential, until: deadline } }
  const reason = whyNobodyWorks(facts, since, 'look') ??
    whyNotTaken(facts, since, 'look') ?? {
      ...whyUnfinished(facts, deadline),
      since,
      next,
    }
  return { ...reason, details: { credential, progress: task.progress, ...reason.details } }
}

/** The job is that of many tasks: one that waits for longer is left out until its own time. */
function noSooner(next: Reason['next'], { task }: Facts): Reason['next'] {
  const { notBefore } = pollTroubleOf(task)
  if (!next?.at || next.what !== 'look' || notBefore === undefined) return next
  return { ...next, at: latest(next.at, new Date(notBefore)) }
}

function whyUnfinished({ task }: Facts, until: Date): Pick<Reason, 'because' | 'details'> {
  const { errors, failures, misses, empties } = pollTroubleOf(task)
  if (errors) return { because: 'own_error', details: { failures: errors } }
  if (misses) return { because: 'upstream_misses', details: { failures: misses } }
  if (empties) return { because: 'nothing_to_play', details: { failures: empties } }
  if (failures) return { because: 'upstream_silent', details: { failures, until } }
  return task.overdue
    ? { because: 'overdue', details: { until } }
    : { because: 'upstream_works', details: {} }
}

import { credentialOf } from '@reelay/contracts/credential'
import { pollTroubleOf } from '@reelay/db/tasks/followed'
import { type Facts, later, type Reason } from './facts.ts'
import { dueAt, notesOf, whyNobodyWorks, whyNotTaken } from './job.ts'

export function whyNotDone(facts: Facts): Reason {
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

function whyUnfinished({ task, job }: Facts, until: Date): Pick<Reason, 'because' | 'details'> {
  const { failures, misses, empties } = { ...notesOf(job), ...pollTroubleOf(task) }
  if (misses) return { because: 'upstream_misses', details: { failures: misses } }
  if (empties) return { because: 'nothing_to_play', details: { failures: empties } }
  if (failures) return { because: 'upstream_silent', details: { failures, until } }
  return task.overdue
    ? { because: 'overdue', details: { until } }
    : { because: 'upstream_works', details: {} }
}

import { isOpen } from '@reelay/db/submission-outcome'
import { lastUnknown, submissionToFind } from '../earlier-submissions.ts'
import { type Facts, later, type Reason, type Submission } from './facts.ts'
import { dueAt, isThere, latest, notesOf, whyNobodyWorks, whyNotTaken } from './job.ts'
import { whyInDoubt, whyLookedFor } from './lost-reply.ts'
import { whyNotItsTurn } from './turn.ts'

/** Why a QUEUED task is not at upstream yet: in the order in which the step that sends it looks. */
export function whyNotSent(facts: Facts): Reason {
  const { task, submissions } = facts
  const own = submissions.find(({ attempt }) => attempt === task.attempt)
  if (own && isOpen(own)) return whyInDoubt(own, facts)
  const earlier = submissions.filter(({ attempt }) => attempt < task.attempt)
  return (
    whyNobodyWorks(facts, task.queuedAt, 'submit') ??
    whyTooLate(facts) ??
    whyTurnedAway(own, facts) ??
    whyEarlier(earlier, facts) ??
    whyNotItsTurn(facts, own) ??
    whyNotTaken(facts, task.queuedAt, 'submit') ??
    whyInQueue(facts)
  )
}

function whyTooLate(facts: Facts): Reason | undefined {
  const { task, now, times } = facts
  const deadline = later(task.queuedAt, times.deadlineMs)
  if (now < deadline) return undefined
  return { because: 'too_late', since: deadline, next: { what: 'give_up', at: dueAt(facts) }, details: {} }
}

function whyTurnedAway(own: Submission | undefined, facts: Facts): Reason | undefined {
  if (own?.outcome !== 'not_sent' || !own.waitsUntil || own.waitsUntil <= facts.now) return undefined
  const { credential, waitsBecause, settledAt } = own
  return {
    because: 'turned_away',
    since: settledAt ?? facts.task.queuedAt,
    next: { what: 'submit', at: latest(own.waitsUntil, dueAt(facts)) },
    details: { credential, ...(waitsBecause && { holdBecause: waitsBecause }) },
  }
}

function whyEarlier(earlier: Submission[], facts: Facts): Reason | undefined {
  const { task, now, times } = facts
  const lost = submissionToFind(task, earlier)
  if (lost) return isOpen(lost) ? whyInDoubt(lost, facts) : whyLookedFor(lost, facts)

  const { failures = 0, misses = 0, empties = 0 } = notesOf(facts.job)
  const made = earlier.find(({ externalId }) => externalId !== null)
  const tries = misses || empties || failures
  if (made && tries > 0)
    return {
      because: 'earlier_video',
      since: task.queuedAt,
      next: { what: 'look', at: dueAt(facts) },
      details: { credential: made.credential, failures: tries },
    }
  const unknown = lastUnknown(earlier)
  const until = unknown && later(unknown.startedAt, Math.max(times.sendingMs, times.windowMs))
  if (!unknown || !until || !task.force || until <= now) return undefined
  return {
    because: 'may_turn_up',
    since: unknown.startedAt,
    next: { what: 'submit', at: latest(until, dueAt(facts)) },
    details: { credential: unknown.credential },
  }
}

function whyInQueue(facts: Facts): Reason {
  const { task, job, now } = facts
  const since = task.queuedAt
  if (!isThere(job)) return { because: 'in_queue', since, next: { what: 'submit', at: null }, details: {} }
  if (job.state === 'active')
    return { because: 'sending', since, next: { what: 'submit', at: now }, details: {} }
  const { failures } = job.notes
  if (failures)
    return {
      because: 'backoff',
      since,
      next: { what: 'submit', at: dueAt(facts) },
      details: { failures },
    }
  return { because: 'in_queue', since, next: { what: 'submit', at: dueAt(facts) }, details: {} }
}

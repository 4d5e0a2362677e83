import { type Facts, later, type Reason, type Submission } from './facts.ts'
import { dueAt, notesOf, whyNobodyWorks, whyNotTaken } from './job.ts'

/** Nobody knows yet whether this submission was made: it is on its way, or its reply was lost. */
export function whyInDoubt(submission: Submission, facts: Facts): Reason {
  const { now, times } = facts
  const { credential, startedAt: since } = submission
  const answeredBy = later(since, times.sendingMs)
  if (submission.outcome === 'sending' && now < answeredBy)
    return { because: 'sending', since, next: { what: 'search', at: answeredBy }, details: { credential } }
  const idle = whyNobodyWorks(facts, since, 'search') ?? whyNotTaken(facts, since, 'search')
  if (idle) return { ...idle, details: { ...idle.details, credential } }
  return whyLookedFor(submission, facts)
}

/** A look at upstream's list says whether it was made; a key that is gone can't be asked for it. */
export function whyLookedFor({ credential, startedAt: since }: Submission, facts: Facts): Reason {
  const { times } = facts
  const { failures } = notesOf(facts.job)
  const client = facts.clientOf(credential)
  const at = dueAt(facts)
  if (!client)
    return {
      because: 'upstream_gone',
      since,
      next: { what: 'search', at },
      details: { credential, until: later(since, times.deadlineMs) },
    }
  if (!client.reads.list)
    return { because: 'reply_lost', since, next: { what: 'give_up', at }, details: { credential } }
  return {
    because: 'reply_lost',
    since,
    next: { what: 'search', at },
    details: {
      credential,
      // A list that can't be read says nothing: it is asked until the deadline.
      until: later(since, failures ? times.deadlineMs : times.windowMs),
      ...(failures && { failures }),
    },
  }
}

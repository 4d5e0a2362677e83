import { isTerminal } from '@reelay/contracts/lifecycle'
import type { Facts, Reason } from './facts.ts'
import { howItEnded } from './how-it-ended.ts'
import { placeOf } from './job.ts'
import { whyNotDone } from './why-not-done.ts'
import { whyNotSent } from './why-not-sent.ts'

/** Why is the video not there? Pure: no client, no clock. */
export function explain(facts: Facts): Reason {
  const reason = reasonOf(facts)
  if (!reason.next) return reason
  return { ...reason, details: { ...placeOf(facts.job), ...reason.details } }
}

function reasonOf(facts: Facts): Reason {
  const { status } = facts.task
  if (isTerminal(status)) return howItEnded(facts)
  return status === 'QUEUED' ? whyNotSent(facts) : whyNotDone(facts)
}

import type { Candidate, Choice } from '@reelay/db/ledger'
import { type Facts, later, type Reason, type Submission, type Turn } from './facts.ts'
import { dueAt, latest } from './job.ts'

export function whyNotItsTurn(facts: Facts, own: Submission | undefined): Reason | undefined {
  const { task, turn } = facts
  if (!turn) return undefined
  const since = task.queuedAt
  const retried = { what: 'submit', at: dueAt(facts) } as const
  const { choice } = turn
  if (!choice) {
    const isPinned = task.pinnedTo?.includes('/') ?? false
    return { because: isPinned ? 'upstream_gone' : 'no_upstream', since, next: retried, details: {} }
  }
  const { credential } = choice
  if (choice.turn === 'free')
    return turn.hasTwin ? { because: 'twin', since, next: retried, details: { credential } } : undefined

  const reason = choice.turn === 'held' ? whyHeld(facts, turn, choice, own) : whyNoPermit(facts, turn, choice)
  return { ...reason, details: { credential, ...reason.details } }
}

function whyHeld(
  facts: Facts,
  { figures: { hold } }: Turn,
  { credential, waitMs }: Choice,
  own: Submission | undefined,
): Reason {
  const { now, task } = facts
  const next = { what: 'submit', at: latest(later(now, waitMs), dueAt(facts)) } as const
  const ownUntil = Date.parse(own?.notBefore[credential] ?? '')
  if (own && ownUntil > now.getTime() && !(hold && hold.until.getTime() > ownUntil))
    return {
      because: 'turned_away',
      since: own.settledAt ?? task.queuedAt,
      next,
      details: { ...(own.waitsBecause && { holdBecause: own.waitsBecause }) },
    }
  return {
    because: 'held',
    since: task.queuedAt,
    next,
    details: { holdBecause: hold?.because ?? 'upstream_errors' },
  }
}

function whyNoPermit(facts: Facts, turn: Turn, choice: Choice): Reason {
  const { now, task } = facts
  const { inFlight } = turn.figures
  const candidate = turn.candidates.find(({ id }) => id === choice.credential)
  const because =
    choice.turn === 'not_its_turn' ? 'not_its_turn' : permitCode(turn, choice, { now, candidate })
  const waits = because === 'rate_limited' && choice.waitMs > 0
  const { maxInFlight } = candidate ?? {}
  return {
    because,
    since: task.queuedAt,
    next: { what: 'submit', at: waits ? latest(later(now, choice.waitMs), dueAt(facts)) : null },
    details: because === 'no_permit' && maxInFlight !== undefined ? { inFlight, maxInFlight } : {},
  }
}

/** In the order of turn_to_submit.sql, which says no_permit to all three. */
function permitCode(
  { figures: { inFlight, hold, isProbed } }: Turn,
  { waitMs }: Choice,
  { now, candidate }: { now: Date; candidate: Candidate | undefined },
): 'rate_limited' | 'probing' | 'no_permit' {
  if (waitMs > 0) return 'rate_limited'
  if (hold && hold.until <= now && isProbed) return 'probing'
  const { maxInFlight = Number.POSITIVE_INFINITY, submitsPerMinute } = candidate ?? {}
  return inFlight >= maxInFlight || submitsPerMinute === undefined ? 'no_permit' : 'rate_limited'
}

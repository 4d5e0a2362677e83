import { type Answer, retryAfter } from '../answer/answer.ts'
import type { ErrorRule } from '../dialect/dialect.ts'
import { readReason } from '../errors/reason.ts'
import { ruleFor } from '../errors/rules.ts'
import { refusalOf } from './refusal.ts'
import type {
  InDoubt,
  NotNow,
  NotNowReason,
  RefusalReason,
  Refused,
  SubmitContext,
} from './submit-outcome.ts'

const refusedFor: Partial<Record<ErrorRule['means'], RefusalReason['errorCode']>> = {
  moderation: 'moderation_blocked',
  request: 'upstream_refused',
  quota: 'insufficient_quota',
}
const notNowFor: Partial<Record<ErrorRule['means'], NotNowReason>> = {
  balance: 'balance_empty',
  key: 'key_rejected',
  rate: 'rate_limited',
  busy: 'rate_limited',
}

/** What a rule of the dialect says of an answer that names no video. */
export function byRule(
  answer: Answer,
  { scrub, reading }: SubmitContext,
): Refused | NotNow | InDoubt | undefined {
  const { status, body } = answer
  const { rules } = reading.errors
  if (rules.length === 0) return undefined
  const reason = readReason(body, reading.errors)
  const rule = ruleFor(reason, rules, status)
  if (!rule) return undefined
  if (rule.means === 'in-doubt') return { kind: 'in_doubt', reason: `upstream answered ${status}` }
  const errorCode = status === 429 && rule.means === 'balance' ? 'insufficient_quota' : refusedFor[rule.means]
  if (errorCode) return { kind: 'refused', ...refusalOf(errorCode, reason, answer, scrub) }
  return { kind: 'not_now', reason: notNowFor[rule.means] ?? 'unclear', retryAfterMs: retryAfter(answer) }
}

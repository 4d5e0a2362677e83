import type { ErrorCode } from '@reelay/contracts/lifecycle'
import { type Category, categoryOf } from './category.ts'
import type { Reason } from './reason.ts'

const lasting: Partial<Record<Category, ErrorCode>> = {
  moderation: 'moderation_blocked',
  request: 'upstream_failed',
  quota: 'insufficient_quota',
  balance: 'insufficient_quota',
  key: 'upstream_failed',
}

/** How another Reelay says that a video was or may have been paid for, or was called off: once more may pay twice. */
const endsOfReelay = ['submission_unknown', 'upstream_lost', 'no_content', 'cancelled']

/** What a failure is called whose reason sending the same again can't mend; undefined for one that may pass. */
export function lastingCodeOf(reason: Reason): ErrorCode | undefined {
  if (endsOfReelay.includes(reason.code ?? '')) return 'upstream_failed'
  return lasting[categoryOf(reason) ?? 'busy']
}

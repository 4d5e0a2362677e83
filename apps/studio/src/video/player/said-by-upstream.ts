import type { ErrorCode } from '@reelay/contracts/lifecycle'
import type { Task } from '@reelay/contracts/task'

/** Their messages are upstream's; those of all others are Reelay's own, and in English only. */
const upstreams: readonly ErrorCode[] = [
  'upstream_refused',
  'moderation_blocked',
  'insufficient_quota',
  'upstream_failed',
]

type Failed = Pick<Task, 'errorCode' | 'errorMessage' | 'upstreamCode'>

/** What upstream said of a failure, in its own words. */
export function saidByUpstream({ errorCode, errorMessage, upstreamCode }: Failed) {
  if (!errorCode || !errorMessage || !upstreams.includes(errorCode)) return undefined
  return { message: errorMessage, code: upstreamCode }
}

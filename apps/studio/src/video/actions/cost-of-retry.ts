import type { Task } from '@reelay/contracts/task'

export type RetryCost = 'nothing' | 'nothingMore' | 'maybeTwice' | 'once' | 'ifNotFound'

type Retried = Pick<Task, 'errorCode' | 'externalTaskId' | 'metadata'>

/** What a retry of a video may cost, as the worker goes about it. */
export function costOfRetry({ errorCode, externalTaskId, metadata }: Retried, force: boolean): RetryCost {
  if (metadata.type === 'import') return 'nothing'
  switch (errorCode) {
    case 'submission_unknown':
      return force ? 'maybeTwice' : 'nothingMore'
    case 'upstream_refused':
    case 'moderation_blocked':
    case 'insufficient_quota':
      // Upstream may say the same of a video that it had accepted, and that may have been paid for.
      return externalTaskId === null ? 'once' : 'ifNotFound'
    default:
      return 'ifNotFound'
  }
}

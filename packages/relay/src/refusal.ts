import type { VideoId } from '@reelay/contracts/task'
import type { InsertedTask } from '@reelay/db/moves/inserts'

export type Refusal = {
  code: 'moderation_blocked' | 'submission_unknown' | 'timeout' | 'upstream_refused'
  videoId: VideoId
  upstreamCode: string | null
  upstreamMessage: string | null
}

/** Whoever asked for a task that failed before upstream took it is told why; undefined for all others. */
export function refusalOf(task: InsertedTask): Refusal | undefined {
  const { videoId, status, externalTaskId, errorCode, upstreamCode, errorMessage } = task
  if (status !== 'FAILED' || externalTaskId !== null) return undefined
  return { code: codeOf(errorCode), videoId, upstreamCode, upstreamMessage: errorMessage }
}

function codeOf(errorCode: InsertedTask['errorCode']): Refusal['code'] {
  switch (errorCode) {
    case 'moderation_blocked':
    case 'submission_unknown':
    case 'timeout':
      return errorCode
    default:
      return 'upstream_refused'
  }
}

import type { TaskRow } from '@reelay/db/schema'
import { ApiError } from '../http/errors.ts'

/** A task's names, here and upstream. Throws unless there is a video to play. */
export function completed({ status, videoId, externalTaskId }: TaskRow) {
  if (status !== 'COMPLETED' || externalTaskId === null) throw new ApiError('not_completed')
  return { videoId, externalTaskId }
}

import type { TaskRow } from '@reelay/db/schema'
import { ApiError } from '../http/errors.ts'

export function completed({ status, videoId, externalTaskId }: TaskRow) {
  if (status !== 'COMPLETED' || externalTaskId === null) throw new ApiError('not_completed')
  return { videoId, externalTaskId }
}

import type { TaskRow } from '@reelay/db/schema'
import { ApiError } from '../http/errors.ts'

/** Throws for a task that has nothing to play. */
export function checkCompleted({ status, externalTaskId, clip, archive }: TaskRow): void {
  // Of what upstream made it may still have its own.
  if (status === 'COMPLETED' && externalTaskId === null && archive === 'removed')
    throw new ApiError('clip_removed')
  if (status !== 'COMPLETED' || (externalTaskId === null && !clip)) throw new ApiError('not_completed')
}

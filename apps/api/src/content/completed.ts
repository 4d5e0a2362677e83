import type { TaskRow } from '@reelay/db/schema'
import { ApiError } from '../http/errors.ts'

/** Throws for a task that has nothing to play. */
export function checkCompleted({ status, externalTaskId, clip }: TaskRow): void {
  if (status !== 'COMPLETED' || (externalTaskId === null && !clip)) throw new ApiError('not_completed')
}

import type { Tasks } from '@reelay/db/tasks'
import { ApiError } from '../http/errors.ts'

const MOST_SHOWN = 20

/**
 * Throws `too_many_unfinished`, which says what is running, when a user may not have one more. Two requests
 * at the same moment may both find room.
 */
export async function checkUnfinished(tasks: Tasks, userId: string, limit: number): Promise<void> {
  const running = await tasks.unfinishedOf(userId, limit)
  if (running.length < limit) return
  throw new ApiError('too_many_unfinished', { limit, running: running.slice(0, MOST_SHOWN) })
}

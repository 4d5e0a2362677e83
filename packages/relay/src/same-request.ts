import type { InsertedTask } from '@reelay/db/moves/inserts'
import { RelayError } from './errors.ts'

/**
 * The task that an earlier request made, for one that came with the same key or is sent again. Throws
 * `idempotency_key_reused` where that asked for something else. The key of a deleted task stays taken, so that nothing is
 * paid for twice: `task_deleted`.
 */
export function sameRequest<T extends InsertedTask>(task: T, requestHash: string): T {
  if (task.requestHash !== requestHash) throw new RelayError('idempotency_key_reused')
  if (task.deletedAt) throw new RelayError('task_deleted', { videoId: task.videoId })
  return task
}

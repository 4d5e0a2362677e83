import { taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskState } from '@reelay/db/task-state'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { Logger } from 'pino'

export type Announce = (moved: TaskRow) => Promise<void>

/** Tells of a move after it was made: one log line, one published update. */
export function createAnnouncer(deps: { publish: ProgressPublisher; log: Logger }): Announce {
  return async (moved) => {
    const { videoId, attempt, status, progress, version, errorCode, externalTaskId } = moved
    deps.log.info({ videoId, attempt, status, progress, version, errorCode, externalTaskId }, 'task moved')
    await deps.publish(moved.userId, taskUpdate(toTaskState(moved)))
  }
}

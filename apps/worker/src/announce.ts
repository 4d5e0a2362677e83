import { taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskView } from '@reelay/db/task-view'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { Logger } from 'pino'

export type Announce = (moved: TaskRow) => Promise<void>

export type AnnounceDeps = {
  publish: ProgressPublisher
  log: Logger
  countMove?: (moved: TaskRow) => void
  /** Of the HTTP request that the move goes back to. */
  requestId?: () => string | undefined
}

/** Tells of a move after it was made: one log line, one published update. */
export function createAnnouncer(deps: AnnounceDeps): Announce {
  return async (moved) => {
    const { videoId, attempt, status, progress, version, errorCode, externalTaskId } = moved
    const requestId = deps.requestId?.()
    deps.log.info(
      { videoId, attempt, status, progress, version, errorCode, externalTaskId, requestId },
      'task moved',
    )
    deps.countMove?.(moved)
    await deps.publish(moved.userId, taskUpdate(toTaskView(moved)))
  }
}

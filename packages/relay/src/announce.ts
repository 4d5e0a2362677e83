import { taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskView } from '@reelay/db/task-view'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { Logger } from 'pino'

export type Announce = (moved: TaskRow | readonly TaskRow[]) => Promise<void>

export type AnnounceDeps = {
  publish: ProgressPublisher
  log: Pick<Logger, 'info'>
  countMove?: ((moved: TaskRow) => void) | undefined
  requestId?: () => string | undefined
}

/** One log line, one count and one published update for each move, whoever made it. */
export function createAnnouncer(deps: AnnounceDeps): Announce {
  return async (moved) => {
    await Promise.all([moved].flat().map(tell))
  }

  async function tell(moved: TaskRow): Promise<void> {
    const { videoId, attempt, status, progress, version, errorCode, externalTaskId, force } = moved
    const requestId = deps.requestId?.()
    deps.log.info(
      { videoId, attempt, status, progress, version, errorCode, externalTaskId, force, requestId },
      'task moved',
    )
    if (isMove(moved)) deps.countMove?.(moved)
    await deps.publish(moved.userId, taskUpdate(toTaskView(moved)))
  }
}

/** What becomes of a clip is a change of its task, but no move; nor is an upload, which no upstream ever made. */
function isMove({ archive }: TaskRow): boolean {
  return archive === null || archive === 'pending'
}

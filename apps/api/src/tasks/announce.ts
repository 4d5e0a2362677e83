import { taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRow } from '@reelay/db/schema'
import { toTaskView } from '@reelay/db/task-view'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { FastifyBaseLogger } from 'fastify'

/** Tells of a move that its owner made: one log line, one published update. */
export async function announce(
  moved: TaskRow,
  publish: ProgressPublisher,
  log: FastifyBaseLogger,
): Promise<void> {
  const { videoId, attempt, version, status, force } = moved
  log.info({ videoId, attempt, version, status, force }, 'task moved')
  await publish(moved.userId, taskUpdate(toTaskView(moved)))
}

import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { Queues } from '@reelay/queue/queues'
import type { FastifyRequest } from 'fastify'

/** Rings for a worker, at the place that is the user's turn. False when that failed: then the sweep does it. */
export async function enqueueInTurn(
  { videoId, attempt, position }: Pick<TaskRow, 'videoId' | 'attempt'> & { position?: number | undefined },
  { tasks, queues }: { tasks: Tasks; queues: Queues },
  { id: requestId, log }: Pick<FastifyRequest, 'id' | 'log'>,
): Promise<boolean> {
  try {
    const turn = position ?? (await tasks.queuePositions([videoId])).get(videoId)
    await queues.enqueueSubmit({ videoId, attempt, requestId }, turn)
    return true
  } catch (error) {
    log.warn({ videoId, reason: (error as Error).name }, 'submit not enqueued; the sweep will')
    return false
  }
}

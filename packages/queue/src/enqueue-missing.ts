import type { QueueName } from '@reelay/contracts/jobs'
import type { VideoId } from '@reelay/contracts/task'
import type { Redis } from 'ioredis'
import { byQueue } from './by-queue.ts'
import type { Enqueue } from './enqueue.ts'
import { inTime } from './in-time.ts'
import { type Attempt, createMissingJobs, idOf } from './missing-jobs.ts'
import type { OpenQueues } from './open-queues.ts'

type PositionsOf = (videoIds: VideoId[]) => Promise<Map<VideoId, number>>

const gone = new Set(['unknown', 'completed', 'failed'])

export function createEnqueueMissing(connection: Redis, queues: OpenQueues, enqueue: Enqueue) {
  const findUnseen = byQueue((name) =>
    createMissingJobs(connection, () => queues[name], name === 'submit' ? 'prioritized' : 'delayed'),
  )

  /**
   * Adds the jobs that are not there and returns how many. An orphaned hash (state `unknown` though the key exists,
   * where `add` would do nothing) and a job that ended and was kept are removed first. Submits need `positionsOf`.
   */
  return async (name: QueueName, tasks: Attempt[], positionsOf?: PositionsOf): Promise<number> => {
    const queue = queues[name]
    const unseen = await inTime(connection, findUnseen[name](tasks))
    const states = await inTime(connection, Promise.all(unseen.map((task) => queue.getJobState(idOf(task)))))
    const missing = unseen.filter((_, i) => gone.has(states[i] as string))
    await inTime(connection, Promise.all(missing.map((task) => queue.remove(idOf(task)))))
    const positions = await positionsOf?.(missing.map(({ videoId }) => videoId))
    await Promise.all(
      missing.map((task) =>
        name === 'submit' ? enqueue.submit(task, positions?.get(task.videoId)) : enqueue[name](task),
      ),
    )
    return missing.length
  }
}

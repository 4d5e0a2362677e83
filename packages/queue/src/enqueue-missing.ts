import { idOf, type QueueName, type Work } from '@reelay/contracts/jobs'
import type { Lane } from '@reelay/contracts/lanes'
import type { VideoId } from '@reelay/contracts/task'
import type { Redis } from 'ioredis'
import { byQueue } from './by-queue.ts'
import type { Enqueue } from './enqueue.ts'
import { inTime } from './in-time.ts'
import { type Attempt, createMissingJobs } from './missing-jobs.ts'
import type { OpenQueues } from './open-queues.ts'

type PositionsOf = (videoIds: VideoId[]) => Promise<Map<VideoId, number>>

const gone = new Set(['unknown', 'completed', 'failed'])

export function createEnqueueMissing(connection: Redis, queues: OpenQueues, enqueue: Enqueue) {
  const findUnseen = byQueue((name) =>
    createMissingJobs(connection, () => queues[name], name === 'submit' ? 'prioritized' : 'delayed'),
  )

  return {
    /**
     * Adds the jobs that are not there and returns how many. Submits need `positionsOf`.
     */
    async attempts(
      name: Exclude<QueueName, 'poll'>,
      tasks: Attempt[],
      positionsOf?: PositionsOf,
    ): Promise<number> {
      const missing = await clearMissing(name, tasks)
      const positions = await positionsOf?.(missing.map(({ videoId }) => videoId))
      await Promise.all(
        missing.map((task) =>
          name === 'submit' ? enqueue.submit(task, positions?.get(task.videoId)) : enqueue[name](task),
        ),
      )
      return missing.length
    },

    /** The same for lanes; `delayOf` tells in how many ms one is due. */
    async lanes(lanes: Lane[], delayOf: (lane: Lane) => number): Promise<number> {
      const missing = await clearMissing('poll', lanes)
      await Promise.all(missing.map((lane) => enqueue.poll(lane, delayOf(lane))))
      return missing.length
    },
  }

  /**
   * Removes what is in the way of adding those that are not there: an orphaned hash (state `unknown` though the key
   * exists, where `add` would do nothing) and a job that ended and was kept.
   */
  async function clearMissing<W extends Work>(name: QueueName, works: W[]): Promise<W[]> {
    const queue = queues[name]
    const unseen = await inTime(connection, findUnseen[name](works))
    const states = await inTime(connection, Promise.all(unseen.map((work) => queue.getJobState(idOf(work)))))
    const missing = unseen.filter((_, i) => gone.has(states[i] as string))
    await inTime(connection, Promise.all(missing.map((work) => queue.remove(idOf(work)))))
    return missing
  }
}

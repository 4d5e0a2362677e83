import { idOf, type Work } from '@reelay/contracts/jobs'
import type { VideoId } from '@reelay/contracts/task'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

export type Attempt = { videoId: VideoId; attempt: number; requestId?: string | undefined }

/** Reading what runs and waits takes one part in this many of a glance's time. */
const SHARE = 20

/**
 * Tells which work has no job at a first glance; only those need a closer look. BullMQ's own look at one
 * job goes through the list of all that wait: for each of fifty thousand overdue polls that keeps Redis busy for
 * half a minute. `sorted` is where most jobs of the queue are.
 */
export function createMissingJobs(connection: Redis, queue: () => Queue, sorted: 'delayed' | 'prioritized') {
  let running = new Set<string>()
  let readAgainAt = 0

  return async <W extends Work>(works: W[]): Promise<W[]> => {
    await queue().waitUntilReady()
    const unsorted = await notIn(queue().toKey(sorted), works)
    if (unsorted.length > 0 && performance.now() >= readAgainAt) await readRunning()
    return unsorted.filter((work) => !running.has(idOf(work)))
  }

  async function notIn<W extends Work>(key: string, works: W[]): Promise<W[]> {
    const reads = connection.pipeline()
    for (const work of works) reads.zscore(key, idOf(work))
    const answers = (await reads.exec()) ?? []
    return works.filter((_, i) => {
      const [error, score] = answers[i] ?? []
      if (error) throw error
      return score === null
    })
  }

  async function readRunning(): Promise<void> {
    const startedAt = performance.now()
    running = new Set(await queue().getRanges(['active', 'wait'], 0, -1))
    readAgainAt = performance.now() + SHARE * (performance.now() - startedAt)
  }
}

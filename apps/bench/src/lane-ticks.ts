import { setTimeout as sleep } from 'node:timers/promises'
import { LANES } from '@reelay/contracts/lanes'
import { keyPrefix } from '@reelay/queue/queues'
import { QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import type { World } from './world.ts'

const LEFT_TO_LOOKS = 0.05
const LISTED_WITHIN_MS = 60_000

/** `polls`: how many tasks the lanes had that ran; `lateness`: how long after its time each had ended, in ms. */
export type Ticked = { polls: number; lateness: number[] }

/**
 * Follows the lanes of a world with `count` tasks, evenly spread over them. It is how polls that a page answers are
 * seen: upstream sees none of them. By the clock of Redis, which tells of all workers.
 */
export async function followTicks({ redisUrl, prefix }: World, count: number) {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const events = new QueueEvents('poll', { connection, prefix: keyPrefix(prefix) })
  const dueAt = new Map<string, number>()
  let lateness: number[] = []

  events.on('delayed', ({ jobId, delay }, eventId) => {
    const due = dueAt.get(jobId)
    if (due !== undefined) lateness.push(Number.parseInt(eventId, 10) - due)
    dueAt.set(jobId, delay)
  })
  await events.waitUntilReady()

  return {
    /** Since this was last asked. */
    measured(): Ticked {
      const ticked = { polls: (lateness.length * count) / LANES, lateness }
      lateness = []
      return ticked
    },

    async close(): Promise<void> {
      await events.close()
      connection.disconnect()
    },
  }
}

/**
 * Waits until pages tell of nearly all tasks: before that each is asked for by itself once. False if that doesn't
 * happen.
 */
export async function untilListed(
  { measured }: World,
  { count, intervalMs }: { count: number; intervalMs: number },
): Promise<boolean> {
  const startedAt = performance.now()
  await measured()
  while (performance.now() - startedAt < LISTED_WITHIN_MS) {
    await sleep(intervalMs)
    const { looks, pages } = await measured()
    if (pages > 0 && looks < LEFT_TO_LOOKS * count) return true
  }
  console.error('pages of the list do not tell of these tasks')
  return false
}

import { setTimeout as sleep } from 'node:timers/promises'
import { LANES } from '@reelay/contracts/lanes'
import { keyPrefix } from '@reelay/queue/queues'
import { QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import type { World } from './world.ts'

/** Videos that a page of upstream's list has. */
const PAGE = 100
const LEFT_TO_LOOKS = 0.05
const LISTED_WITHIN_MS = 60_000

/** What was polled since this was last asked; `lateness`: how long after its time each poll was, or each lane had ended, in ms. */
export type Polled = { polls: number; requests: number; lateness: number[] }

/**
 * Follows the lanes of a world with `count` tasks, evenly spread over them. It is how polls that a page answers are
 * seen: upstream sees none of them. By the clock of Redis, which tells of all workers. A tick may leave tasks out: there
 * were no more polls than upstream can have answered, where a page answers one of each of its videos.
 */
export async function followTicks({ redisUrl, prefix, measured }: World, count: number) {
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
    async measured(): Promise<Polled> {
      const { looks, pages } = await measured()
      const polls = Math.min((lateness.length * count) / LANES, looks + pages * PAGE)
      const polled = { polls, requests: looks + pages, lateness }
      lateness = []
      return polled
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
    const { looks, told } = await measured()
    if (told > (1 - LEFT_TO_LOOKS) * count && looks < LEFT_TO_LOOKS * count) return true
  }
  console.error('pages of the list do not tell of these tasks')
  return false
}

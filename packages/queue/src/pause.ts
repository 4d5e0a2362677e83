import type { AnyPayload } from '@reelay/contracts/jobs'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { inTime } from './in-time.ts'

/** What BullMQ's own `rateLimit` writes: a count that no limiter reaches otherwise. */
export const PAUSED = Number.MAX_SAFE_INTEGER
/** BullMQ's `rateLimit`, but never shorter than what stands there: looking first and setting then would race. */
const PAUSE = `
  local left = redis.call('pttl', KEYS[1])
  return redis.call('set', KEYS[1], ARGV[1], 'px', math.max(left, tonumber(ARGV[2])))`

export async function pause(queue: Queue<AnyPayload>, connection: Redis, ms: number): Promise<void> {
  const wholeMs = Math.max(1, Math.ceil(ms))
  const ready = queue.waitUntilReady()
  await inTime(
    connection,
    ready.then(() => connection.eval(PAUSE, 1, queue.toKey('limiter'), PAUSED, wholeMs)),
  )
}

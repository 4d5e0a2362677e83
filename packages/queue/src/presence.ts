import type { Redis } from 'ioredis'
import { inTime } from './in-time.ts'
import { keyPrefix } from './queues.ts'

export type Presence = ReturnType<typeof createPresence>

const SILENT_MS = 15_000

/** By the clock of Redis: clocks of processes may differ. The key goes by itself when nobody is left. */
const STAY = `
  local now = redis.call('time')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  redis.call('zremrangebyscore', KEYS[1], '-inf', ms - ARGV[2])
  redis.call('zadd', KEYS[1], ms, ARGV[1])
  redis.call('pexpire', KEYS[1], ARGV[2])`
const COUNT = `
  local now = redis.call('time')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  return redis.call('zcount', KEYS[1], ms - ARGV[1], '+inf')`

/**
 * Which worker processes are there. Redis itself would tell with CLIENT LIST, which is more than processes need to be
 * allowed.
 */
export function createPresence({ connection, prefix }: { connection: Redis; prefix: string }) {
  const key = `${keyPrefix(prefix)}:workers`

  return {
    /** Says that a worker is there; to be said again within 15 s. */
    async stay(worker: string): Promise<void> {
      await connection.eval(STAY, 1, key, worker, SILENT_MS)
    },

    async leave(worker: string): Promise<void> {
      await connection.zrem(key, worker)
    },

    async count(): Promise<number> {
      return Number(await inTime(connection, connection.eval(COUNT, 1, key, SILENT_MS)))
    },
  }
}

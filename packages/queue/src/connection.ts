import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from 'pino'

/** Half of the delay is random, so that a fleet doesn't come back in step; 2 s at most, so that it comes back soon. */
const retryStrategy = (times: number) =>
  Math.min(2000, 100 * 2 ** Math.min(times, 5)) * (0.5 + Math.random() / 2)

const common = { retryStrategy, keepAlive: 10_000, lazyConnect: true } satisfies RedisOptions

/**
 * For those who add jobs or publish and have somebody waiting: a dead Redis is an error at once, a frozen
 * one after 2 s. A command that timed out is unknown, not failed.
 */
export function openProducerConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis(url, {
      ...common,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      commandTimeout: 2000,
      connectTimeout: 2000,
    }),
    log.child({ connection: 'producer' }),
  )
}

/** For counting requests: nobody waits longer than half a second to be let in. */
export function openCounterConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis(url, {
      ...common,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      commandTimeout: 500,
      connectTimeout: 2000,
    }),
    log.child({ connection: 'counter' }),
  )
}

/** For BullMQ workers: waits for Redis for ever. Never with a command timeout, which breaks the blocking read. */
export function openWorkerConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis(url, { ...common, maxRetriesPerRequest: null, connectTimeout: 5000 }),
    log.child({ connection: 'worker' }),
  )
}

/** For listening to progress. Subscriptions are renewed by packages/queue/progress, not by the driver. */
export function openSubscriberConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis(url, {
      ...common,
      enableOfflineQueue: false,
      autoResubscribe: false,
      commandTimeout: 2000,
      connectTimeout: 5000,
    }),
    log.child({ connection: 'subscriber' }),
  )
}

/** Redis is answering on this connection, as far as its own state tells. */
export function isConnected(connection: Redis): boolean {
  return connection.status === 'ready'
}

/** Logs a driver's errors at one line a second for each message: a full Redis emits thousands. */
export function sampledWarning(log: Logger, phrase: string): (error: Error) => void {
  const lastAt = new Map<string, number>()
  return (error) => {
    const now = Date.now()
    if (now - (lastAt.get(error.message) ?? 0) < 1000) return
    if (lastAt.size > 100) lastAt.clear()
    lastAt.set(error.message, now)
    log.warn({ reason: error.message }, phrase)
  }
}

function watched(redis: Redis, log: Logger): Redis {
  redis.on('error', sampledWarning(log, 'redis unavailable'))
  redis.connect().catch(() => {})
  return redis
}

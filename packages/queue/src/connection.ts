import { readRedisUrl } from '@reelay/contracts/redis-url'
import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from 'pino'

/** Half of the delay is random, so that a fleet doesn't come back in step; 2 s at most, so that it comes back soon. */
const retryStrategy = (times: number) =>
  Math.min(2000, 100 * 2 ** Math.min(times, 5)) * (0.5 + Math.random() / 2)

/** What a server says that is not, or no longer, the one that takes writes. Nothing was done then. */
export function isWrongServer({ message }: Error): boolean {
  return /^(READONLY|MASTERDOWN|UNBLOCKED)/.test(message)
}

const common = { retryStrategy, keepAlive: 10_000, lazyConnect: true } satisfies RedisOptions

const failsFast = {
  ...common,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  connectTimeout: 2000,
  reconnectOnError: isWrongServer,
} satisfies RedisOptions

/**
 * For those who add jobs or publish and have somebody waiting: a dead Redis is an error at once, a frozen
 * one after 2 s. A command that timed out is unknown, not failed.
 */
export function openProducerConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis({ ...addressOf(url), ...failsFast, commandTimeout: 2000 }),
    log.child({ connection: 'producer' }),
  )
}

export function openCounterConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis({ ...addressOf(url), ...failsFast, commandTimeout: 500 }),
    log.child({ connection: 'counter' }),
  )
}

/** For BullMQ workers: waits for Redis for ever. Never with a command timeout, which breaks the blocking read. */
export function openWorkerConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis({
      ...addressOf(url),
      ...common,
      maxRetriesPerRequest: null,
      connectTimeout: 3000,
      // Sends it again, to the server that the address leads to by then.
      reconnectOnError: (error) => (isWrongServer(error) ? 2 : false),
    }),
    log.child({ connection: 'worker' }),
  )
}

export function openSubscriberConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis({
      ...addressOf(url),
      ...common,
      enableOfflineQueue: false,
      autoResubscribe: false,
      commandTimeout: 2000,
      connectTimeout: 3000,
    }),
    log.child({ connection: 'subscriber' }),
  )
}

export function isConnected(connection: Redis): boolean {
  return connection.status === 'ready'
}

/** Logs a driver's errors at one line a second for each message, or in `everyMs`: a full Redis emits thousands. */
export function sampledWarning(log: Logger, phrase: string, everyMs = 1000): (error: Error) => void {
  const lastAt = new Map<string, number>()
  return (error) => {
    const now = Date.now()
    if (now - (lastAt.get(error.message) ?? 0) < everyMs) return
    if (lastAt.size > 100) lastAt.clear()
    lastAt.set(error.message, now)
    log.warn({ reason: error.message }, phrase)
  }
}

function addressOf(url: string) {
  const { address, problems } = readRedisUrl(url)
  if (problems.length > 0) throw new Error(problems.map((problem) => `REDIS_URL: ${problem}`).join('\n'))
  return address
}

function watched(redis: Redis, log: Logger): Redis {
  redis.on('error', sampledWarning(log, 'redis unavailable'))
  redis.connect().catch(() => {})
  return redis
}

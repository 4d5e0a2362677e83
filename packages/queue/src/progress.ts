import { FeedUpdate } from '@reelay/contracts/task-update'
import DataLoader from 'dataloader'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { isConnected } from './connection.ts'
import { resultsOf } from './pipeline.ts'
import { keyPrefix } from './queues.ts'
import { createSubscriptions } from './subscriptions.ts'

export type ProgressPublisher = ReturnType<typeof createProgressPublisher>
export type ProgressListener = ReturnType<typeof createProgressListener>
export type OnUpdate = (update: FeedUpdate) => void

type ProgressDeps = { connection: Redis; prefix: string; log: Logger }

/**
 * Rings the doorbell: tells a user's listeners of a change. Losing one is harmless, so it never throws. Those of one turn
 * of the event loop are one write, in their order.
 */
export function createProgressPublisher({ connection, prefix, log }: ProgressDeps) {
  const publishing = new DataLoader<[userId: string, update: FeedUpdate], void>(
    async (all) => {
      const writes = connection.pipeline()
      for (const [userId, update] of all) writes.publish(channelOf(prefix, userId), JSON.stringify(update))
      await resultsOf(writes)
      return all.map(() => undefined)
    },
    { cache: false },
  )

  return async (userId: string, update: FeedUpdate): Promise<void> => {
    try {
      await publishing.load([userId, update])
    } catch (error) {
      log.warn({ videoId: update.payload.videoId, reason: (error as Error).message }, 'update not published')
    }
  }
}

/**
 * Hears of changes: one subscribing connection a process, one channel a user, many listeners in process.
 * After a reconnect every channel is subscribed again; what was missed meanwhile is for the reader to ask
 * Postgres.
 */
export function createProgressListener({ connection, prefix, log }: ProgressDeps) {
  const subscriptions = createSubscriptions<OnUpdate>(connection, log)
  const renewed = new EventTarget()

  connection.on('message', (name: string, message: string) => {
    const listeners = subscriptions.listenersOf(name)
    if (!listeners) return
    const parsed = FeedUpdate.safeParse(parseJson(message))
    if (!parsed.success) return log.warn({ channel: name }, 'update not understood')
    for (const listener of listeners) listener(parsed.data)
  })
  connection.on('ready', () => {
    void subscriptions.renew().then(() => renewed.dispatchEvent(new Event('renewed')))
  })

  return {
    isConnected: () => isConnected(connection),

    isAnswering: () =>
      connection.ping().then(
        () => true,
        () => false,
      ),

    onRenewed(callback: () => void): () => void {
      renewed.addEventListener('renewed', callback)
      return () => renewed.removeEventListener('renewed', callback)
    },

    /** Resolves when subscribed, or at once while Redis is away. Returns the function that ends listening. */
    listen: (userId: string, onUpdate: OnUpdate): Promise<() => void> =>
      subscriptions.add(channelOf(prefix, userId), onUpdate),
  }
}

function channelOf(prefix: string, userId: string): string {
  return `${keyPrefix(prefix)}:progress:${userId}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { TaskUpdate } from '@reelay/contracts/task-update'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { isConnected } from './connection.ts'
import { keyPrefix } from './queues.ts'

export type ProgressPublisher = ReturnType<typeof createProgressPublisher>
export type ProgressListener = ReturnType<typeof createProgressListener>
export type OnUpdate = (update: TaskUpdate) => void

/** How long a user's channel stays subscribed after the last listener left, against flapping tabs. */
const LINGER_MS = 3000
const CHANNELS_AT_ONCE = 500

type Channel = { listeners: Set<OnUpdate>; subscribed: Promise<void>; linger?: NodeJS.Timeout }

/** Rings the doorbell: tells a user's listeners of a change. Losing one is harmless, so it never throws. */
export function createProgressPublisher({
  connection,
  prefix,
  log,
}: {
  connection: Redis
  prefix: string
  log: Logger
}) {
  return async (userId: string, update: TaskUpdate): Promise<void> => {
    try {
      await connection.publish(channelOf(prefix, userId), JSON.stringify(update))
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
export function createProgressListener({
  connection,
  prefix,
  log,
}: {
  connection: Redis
  prefix: string
  log: Logger
}) {
  const channels = new Map<string, Channel>()
  const renewed = new EventTarget()

  connection.on('message', (name: string, message: string) => {
    const channel = channels.get(name)
    if (!channel) return
    const parsed = TaskUpdate.safeParse(parseJson(message))
    if (!parsed.success) return log.warn({ channel: name }, 'update not understood')
    for (const listener of channel.listeners) listener(parsed.data)
  })
  connection.on('ready', () => {
    void Promise.all(resubscribe()).then(() => renewed.dispatchEvent(new Event('renewed')))
  })

  return {
    isConnected: () => isConnected(connection),

    /** Whether Redis answers, which a frozen one does not; known within the connection's command timeout. */
    isAnswering: () =>
      connection.ping().then(
        () => true,
        () => false,
      ),

    /** Calls back whenever all channels are subscribed anew: what was missed until then is lost. */
    onRenewed(callback: () => void): () => void {
      renewed.addEventListener('renewed', callback)
      return () => renewed.removeEventListener('renewed', callback)
    },

    /** Resolves when subscribed, or at once while Redis is away. Answers the function that ends listening. */
    async listen(userId: string, onUpdate: OnUpdate): Promise<() => void> {
      const name = channelOf(prefix, userId)
      const channel = channels.get(name) ?? { listeners: new Set(), subscribed: subscribe(name) }
      channels.set(name, channel)
      clearTimeout(channel.linger)
      channel.listeners.add(onUpdate)
      await channel.subscribed
      return () => leave(name, channel, onUpdate)
    },
  }

  /** In few commands: thousands would keep Redis and this process from everything else. */
  function resubscribe(): Promise<void>[] {
    const all = [...channels.keys()]
    return Array.from({ length: Math.ceil(all.length / CHANNELS_AT_ONCE) }, (_, i) => {
      const names = all.slice(i * CHANNELS_AT_ONCE, (i + 1) * CHANNELS_AT_ONCE)
      const subscribed = subscribe(...names)
      for (const name of names) Object.assign(channels.get(name) ?? {}, { subscribed })
      return subscribed
    })
  }

  async function subscribe(...names: string[]): Promise<void> {
    try {
      await connection.subscribe(...names)
    } catch (error) {
      log.debug({ reason: (error as Error).message }, 'subscribe failed; repeated on reconnect')
    }
  }

  function leave(name: string, channel: Channel, onUpdate: OnUpdate): void {
    if (!channel.listeners.delete(onUpdate) || channel.listeners.size > 0) return
    clearTimeout(channel.linger)
    channel.linger = setTimeout(() => {
      channels.delete(name)
      connection.unsubscribe(name).catch(() => {})
    }, LINGER_MS)
    channel.linger.unref()
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

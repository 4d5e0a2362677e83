import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { isConnected, sampledWarning } from './connection.ts'

type Channel<T> = { listeners: Set<T>; subscribed: Promise<void>; linger?: NodeJS.Timeout }

/** How long a channel stays subscribed after the last listener left, against flapping tabs. */
const LINGER_MS = 3000
const CHANNELS_AT_ONCE = 500

export function createSubscriptions<T>(connection: Redis, log: Logger) {
  const channels = new Map<string, Channel<T>>()
  const warn = sampledWarning(log, 'subscribe failed; repeated on reconnect')

  return {
    listenersOf: (name: string): ReadonlySet<T> | undefined => channels.get(name)?.listeners,

    async add(name: string, listener: T): Promise<() => void> {
      const channel = channels.get(name) ?? { listeners: new Set(), subscribed: subscribe(name) }
      channels.set(name, channel)
      clearTimeout(channel.linger)
      channel.listeners.add(listener)
      await channel.subscribed
      return () => leave(name, channel, listener)
    },

    /** In few commands: thousands would keep Redis and this process from everything else. */
    async renew(): Promise<void> {
      const all = [...channels.keys()]
      const batches = Array.from({ length: Math.ceil(all.length / CHANNELS_AT_ONCE) }, (_, i) =>
        all.slice(i * CHANNELS_AT_ONCE, (i + 1) * CHANNELS_AT_ONCE),
      )
      await Promise.all(batches.map(renewTogether))
    },
  }

  async function renewTogether(names: string[]): Promise<void> {
    const subscribed = subscribe(...names)
    for (const name of names) Object.assign(channels.get(name) ?? {}, { subscribed })
    await subscribed
  }

  async function subscribe(...names: string[]): Promise<void> {
    try {
      await connection.subscribe(...names)
    } catch (error) {
      if (isConnected(connection)) warn(error as Error)
    }
  }

  function leave(name: string, channel: Channel<T>, listener: T): void {
    if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return
    clearTimeout(channel.linger)
    channel.linger = setTimeout(() => {
      channels.delete(name)
      connection.unsubscribe(name).catch(() => {})
    }, LINGER_MS)
    channel.linger.unref()
  }
}

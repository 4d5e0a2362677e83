import type { PoolClient } from 'pg'
import { SUSPECT_AFTER_MS } from './suspect.ts'

type Watch = {
  client: PoolClient
  withinMs: number
  suspect: () => Promise<void>
}

/** Gives a connection back, and up when the answer that it owes stays away. */
export function watchAnswer({ client, withinMs, suspect }: Watch) {
  const sentAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  let isBack = false
  look()
  return { end }

  function end(isBroken: boolean): void {
    clearTimeout(timer)
    if (!isBack) client.release(isBroken)
    isBack = true
  }

  function look(): void {
    if (isBack) return
    const waitedMs = performance.now() - sentAt
    const leftMs = withinMs - waitedMs
    if (leftMs <= 0) {
      end(true)
      return
    }
    if (waitedMs >= SUSPECT_AFTER_MS) void suspect()
    // What came while this process was busy is read first.
    timer = setTimeout(() => setImmediate(look), Math.min(SUSPECT_AFTER_MS, leftMs))
  }
}

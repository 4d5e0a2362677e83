import { type Lane, laneId } from '@reelay/contracts/lanes'
import type { Redis } from 'ioredis'
import { keyPrefix } from './queues.ts'

export type LateLooks = ReturnType<typeof createLateLooks>

type LateLooksOptions = { connection: Redis; prefix: string; heldMs?: number }

/** So long is kept what a process held that died; one that stands still for 3 s keeps it. */
const HELD_MS = 4000
/** Of that time, after which it is said again. */
const RENEWED_AFTER = 1 / 8

/**
 * By the clock of Redis: clocks of processes may differ. The key goes by itself some time after its last name. A Redis
 * that can't write is still asked: nothing is removed where nobody died.
 */
const OF = `
  local now = redis.call('time')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  local all = redis.call('zrange', KEYS[1], 0, -1, 'withscores')
  local isOver = false
  for i = 2, #all, 2 do
    all[i] = all[i] - ms
    isOver = isOver or all[i] <= 0
  end
  if isOver then redis.call('zremrangebyscore', KEYS[1], '-inf', ms) end
  return all`
const HOLD = `
  local now = redis.call('time')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  for i = 2, #ARGV do redis.call('zadd', KEYS[1], ms + ARGV[1], ARGV[i]) end
  redis.call('pexpire', KEYS[1], 2 * ARGV[1])`

/**
 * By lane, which tasks some process still looks at though the lane has gone on without them: nobody else is to look at
 * them meanwhile.
 */
export function createLateLooks({ connection, prefix, heldMs = HELD_MS }: LateLooksOptions) {
  const keyOf = (lane: Lane) => `${keyPrefix(prefix)}:late:${laneId(lane)}`
  const held = new Map<string, Lane>()
  let renewing: NodeJS.Timeout | undefined

  return {
    /** For how many ms each is held unless that is said anew. Of whoever died it is 0 or less, which is told once. */
    async of(lane: Lane): Promise<Map<string, number>> {
      const all = (await connection.eval(OF, 1, keyOf(lane))) as (string | number)[]
      const heldMs = new Map<string, number>()
      for (let at = 0; at < all.length; at += 2) heldMs.set(String(all[at]), Number(all[at + 1]))
      return heldMs
    },

    /** Until they are released, or this process dies. */
    async hold(lane: Lane, names: readonly string[]): Promise<void> {
      for (const name of names) held.set(name, lane)
      renewing ??= setInterval(() => void renew().catch(() => {}), heldMs * RENEWED_AFTER).unref()
      await say(lane, names)
    },

    async release(name: string): Promise<void> {
      const lane = held.get(name)
      held.delete(name)
      if (held.size === 0) {
        clearInterval(renewing)
        renewing = undefined
      }
      if (lane) await connection.zrem(keyOf(lane), name)
    },
  }

  async function renew(): Promise<void> {
    const byLane = [...Map.groupBy(held, ([, lane]) => laneId(lane)).values()]
    await Promise.all(
      byLane.map((all) =>
        say(
          all[0]?.[1] as Lane,
          all.map(([name]) => name),
        ),
      ),
    )
  }

  async function say(lane: Lane, names: readonly string[]): Promise<void> {
    await connection.eval(HOLD, 1, keyOf(lane), heldMs, ...names)
  }
}

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { World } from '../world/world.ts'

/** The longest that a poll held its slot, and the most that a worker grew by. */
export type Strain = { slotMs: number; memoryMb: number }

const EVERY_MS = 50
const ACTIVE = '{reelay}:poll:active'

export function watchStrain({ urls, workers }: World): { stop: () => Promise<Strain> } {
  const redis = new Redis(urls.redis)
  const before = workers.map(residentMb)
  const most = [...before]
  let slotMs = 0
  let stopping = false

  const watching = (async () => {
    while (!stopping) {
      workers.forEach((worker, i) => {
        most[i] = Math.max(most[i] as number, residentMb(worker))
      })
      slotMs = Math.max(slotMs, await longestActiveMs(redis))
      await sleep(EVERY_MS)
    }
  })()

  return {
    async stop(): Promise<Strain> {
      stopping = true
      await watching.finally(() => redis.disconnect())
      return { slotMs, memoryMb: Math.round(Math.max(...most.map((mb, i) => mb - (before[i] as number)))) }
    },
  }
}

/** A job that is gone by the time that it is asked for has given its slot back. */
async function longestActiveMs(redis: Redis): Promise<number> {
  const ids = await redis.lrange(ACTIVE, 0, -1)
  const startedAt = await Promise.all(ids.map((id) => redis.hget(`{reelay}:poll:${id}`, 'processedOn')))
  return Math.max(0, ...startedAt.map((at) => (at ? Date.now() - Number(at) : 0)))
}

function residentMb({ pid }: { pid: () => number }): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid()}/status`, 'utf8')) ?? []
  return Number(kb) / 1024
}

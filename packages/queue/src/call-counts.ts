import { CredentialId } from '@reelay/contracts/credential'
import type { CallCount, CallKind, CallTally } from '@reelay/contracts/upstream-calls'
import type { Redis } from 'ioredis'
import { resultsOf } from './pipeline.ts'
import { keyPrefix } from './queues.ts'

export type CallCounts = ReturnType<typeof createCallCounts>

const MINUTE_MS = 60_000
const MINUTES = 60
const DAY_MS = 24 * 60 * MINUTE_MS
const REMEMBERED_MS = 30 * DAY_MS

/**
 * What all processes called upstream for in the last hour. Minutes are those of the clock of Redis: clocks of
 * processes may differ. Both functions reject while Redis is away; when `add` does, any part of it may have been added.
 */
export function createCallCounts({ connection, prefix }: { connection: Redis; prefix: string }) {
  const keyOf = (minute: number) => `${keyPrefix(prefix)}:calls:${minute}`
  const lastCalls = `${keyPrefix(prefix)}:last-calls`

  return {
    async add(tallies: CallTally[]): Promise<void> {
      const now = await clockOf(connection)
      const key = keyOf(Math.floor(now / MINUTE_MS))
      const writes = connection.pipeline()
      for (const tally of tallies) {
        writes.hincrby(key, nameOf(tally), tally.count)
        writes.zadd(lastCalls, 'GT', Math.round(now - tally.lastAgoMs), nameOf(tally))
      }
      writes.pexpire(key, (MINUTES + 1) * MINUTE_MS)
      writes.zremrangebyscore(lastCalls, '-inf', String(now - REMEMBERED_MS))
      await resultsOf(writes)
    },

    async lastHour(): Promise<CallCount[]> {
      const thisMinute = Math.floor((await clockOf(connection)) / MINUTE_MS)
      const reads = connection.pipeline().zrange(lastCalls, 0, '-1', 'WITHSCORES')
      for (let ago = 0; ago < MINUTES; ago += 1) reads.hgetall(keyOf(thisMinute - ago))
      const [scores, ...minutes] = await resultsOf(reads)
      return pairsOf(scores).map(([name, lastAt]) => ({
        ...kindOf(name),
        count: minutes.reduce<number>((sum, minute) => sum + Number((minute as Counts)[name] ?? 0), 0),
        lastAt: new Date(Number(lastAt)),
      }))
    },
  }
}

type Counts = Record<string, string>

async function clockOf(connection: Redis): Promise<number> {
  const [seconds, microseconds] = await connection.time()
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}

function nameOf({ credential, operation, outcome }: CallKind): string {
  return `${credential} ${operation} ${outcome}`
}

function kindOf(name: string): CallKind {
  const [credential, operation = '', outcome = ''] = name.split(' ')
  return { credential: CredentialId.parse(credential), operation, outcome }
}

/** Members and their scores, which the two protocols of Redis nest differently. */
function pairsOf(scores: unknown): [name: string, score: string][] {
  const flat = (scores as unknown[]).flat().map(String)
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as [string, string]] : []))
}

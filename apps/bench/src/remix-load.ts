import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Pool } from 'undici'
import { anAccount } from './accounts.ts'
import { usageOf } from './usage.ts'
import type { World } from './world.ts'

/** Requests under way at a time. */
export const AT_ONCE = 64
const USERS = 50

/** Who sends a remix, and where: `path` has the name of a finished video of theirs. */
export type Caller = { userId: string; path: string; token: string }
/** What is measured: the CPU of `pids` while `callers` get answers with `status`. */
export type Side = { pool: Pool; callers: Caller[]; pids: number[]; status: number }
/** What one side did in a while; CPU is that of one request. */
export type Done = { perSecond: number; cpuMs: number; sent: number }

/** Users, each with a finished video. */
export async function usersWithClips({ db }: World, baseUrl: string): Promise<Caller[]> {
  return Promise.all(
    Array.from({ length: USERS }, async (_, i) => {
      const { userId, token } = await anAccount(baseUrl, `bench-${i}`)
      const source = `video_1700000000000_source${i}`
      await db.execute(sql`
        insert into video_tasks (video_id, user_id, request_hash, status, external_task_id, prompt, accepted_at,
          completed_at, progress)
        values (${source}, ${userId}, '', 'COMPLETED', ${`ext_${i}`}, 'a cat', now(), now(), 100)`)
      const path = `/api/video/tasks/${source}/remix`
      return { userId, path, token }
    }),
  )
}

/** Keeps a number of remixes under way for a while. An answer of any other status ends the bench. */
export async function round({ pool, callers, pids, status }: Side, ms: number): Promise<Done> {
  const before = cpuMsOf(pids)
  const startedAt = performance.now()
  let sent = 0
  const send = async () => {
    while (performance.now() - startedAt < ms) {
      const { path, token } = callers[sent % callers.length] as Caller
      sent += 1
      const response = await pool.request({
        method: 'POST',
        path,
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          prefer: 'respond-async',
        },
        body: JSON.stringify({ prompt: `the same place in heavy snow, ${sent}` }),
      })
      const text = await response.body.text()
      if (response.statusCode !== status) throw new Error(`${response.statusCode} ${text}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, send))
  return {
    perSecond: sent / ((performance.now() - startedAt) / 1000),
    cpuMs: (cpuMsOf(pids) - before) / sent,
    sent,
  }
}

function cpuMsOf(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + usageOf(pid).cpuMs, 0)
}

/** Removes the tasks that were made, and their jobs. */
export async function startAfresh({ db, redis, prefix }: World): Promise<void> {
  await db.execute(sql`delete from video_tasks where status = 'QUEUED'`)
  for await (const keys of redis.scanStream({ match: `*${prefix}*:submit:*`, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
  await sleep(300)
}

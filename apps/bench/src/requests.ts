import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Pool } from 'undici'
import { anAccount } from './accounts.ts'
import { middleRound } from './statistics.ts'
import { usageOf } from './usage.ts'
import type { World, WorldBench } from './world.ts'

const ROUNDS = 7
const ROUND_MS = 1200
const WARM_MS = 2500
const AT_ONCE = 64

const USERS = 50

type Caller = { userId: string; path: string; token: string }
/** What one side did in a while; CPU is that of one request. */
type Done = { perSecond: number; cpuMs: number }
type Side = { pool: Pool; callers: Caller[]; pids: number[] }

/** Remixes a second that one api process takes, each of them a row and a job, against a handler that does no more. */
export const requests: WorldBench = async (world) => {
  const api = await world.processes.api()
  const callers = await usersWithClips(world, api.origin)
  const bareApi = await world.processes.bare('bare-api', {
    databaseUrl: world.databaseUrl,
    redisUrl: world.redisUrl,
    prefix: world.barePrefix,
    userId: callers[0]?.userId,
  })
  const [ours, bare] = [api, bareApi].map(({ origin, pid }) => ({
    pids: [pid, ...world.storePids],
    pool: new Pool(origin, { connections: AT_ONCE, pipelining: 1 }),
    callers,
  })) as [Side, Side]

  const rounds: { ours: Done; bare: Done }[] = []
  for (let i = 0; i <= ROUNDS; i += 1) {
    const ms = i === 0 ? WARM_MS : ROUND_MS
    const [oursNow, bareNow] = [await round(ours, ms), await round(bare, ms)]
    await startAfresh(world)
    if (i > 0) rounds.push({ ours: oursNow, bare: bareNow })
  }
  await Promise.all([ours.pool.close(), bare.pool.close()])
  const figure = (of: (done: Done) => number) =>
    middleRound(rounds.map(({ ours, bare }) => ({ ours: of(ours), bare: of(bare) })))
  return [
    {
      name: 'remixes taken by one api',
      ...figure(({ perSecond }) => perSecond),
      unit: 'requests/s',
      target: 0.7,
    },
    {
      name: 'CPU of a remix: api, Postgres and Redis',
      ...figure(({ cpuMs }) => cpuMs),
      unit: 'ms',
      isMoreBetter: false,
    },
  ]
}

async function usersWithClips({ db }: World, baseUrl: string): Promise<Caller[]> {
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

/** Keeps a number of requests under way for a while. Any other answer than 202 ends the bench. */
async function round({ pool, callers, pids }: Side, ms: number): Promise<Done> {
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
      if (response.statusCode !== 202) throw new Error(`${response.statusCode} ${text}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, send))
  return {
    perSecond: sent / ((performance.now() - startedAt) / 1000),
    cpuMs: (cpuMsOf(pids) - before) / sent,
  }
}

function cpuMsOf(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + usageOf(pid).cpuMs, 0)
}

async function startAfresh({ db, redis, prefix }: World): Promise<void> {
  await db.execute(sql`delete from video_tasks where status = 'QUEUED'`)
  for await (const keys of redis.scanStream({ match: `*${prefix}*:submit:*`, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
  await sleep(300)
}

import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Pool } from 'undici'
import type { Figure } from './figure.ts'
import {
  AT_ONCE,
  type Caller,
  type Done,
  round,
  type Side,
  startAfresh,
  usersWithClips,
} from './remix-load.ts'
import { middleRound } from './statistics.ts'
import type { World, WorldBench } from './world.ts'

const ROUNDS = 9
const ROUND_MS = 1200
const WARM_MS = 2500
const MOST_OVER_NATIVE = 1.1
/** What Postgres calls the connections of the api that is measured. */
const APPLICATION = 'measured'

type Name = 'native' | 'token' | 'key'
type Round = Record<Name, Done>

/** What a remix over `/v1` costs beside the native one, in the same process, and how often a key is looked up. */
export const v1: WorldBench = async (world) => {
  const databaseUrl = new URL(world.databaseUrl)
  databaseUrl.searchParams.set('application_name', APPLICATION)
  const api = await world.processes.api({ DATABASE_URL: databaseUrl.href })
  const native = await usersWithClips(world, api.origin)
  const token = native.map(overVideosApi)
  const key = await Promise.all(token.map((caller) => withKey(caller, api.origin)))
  const pool = new Pool(api.origin, { connections: AT_ONCE, pipelining: 1 })
  const common = { pool, pids: [api.pid, ...world.storePids] }
  const sides: Record<Name, Side> = {
    native: { ...common, callers: native, status: 202 },
    token: { ...common, callers: token, status: 200 },
    key: { ...common, callers: key, status: 200 },
  }
  const all: Round[] = []
  for (let i = 0; i <= ROUNDS; i += 1) all.push(await roundOf(world, sides, i))
  await pool.close()
  const withKeys = all.reduce((sum, { key }) => sum + key.sent, 0)
  await world.processes.stop([api.pid])
  const lookUps = await scansOf(world, 'api_keys')
  const rounds = all.slice(1)
  return [
    costOf('token', 'CPU of a remix over /v1, beside native', rounds),
    costOf('key', 'the same with an API key', rounds),
    { name: 'look-ups of keys in 1 000 such requests', ours: (lookUps / withKeys) * 1000, unit: 'look-ups' },
  ]
}

/** In turns, each of them as often first as last: what gets slower with time slows down them all. */
async function roundOf(world: World, sides: Record<Name, Side>, i: number): Promise<Round> {
  const names = (['native', 'token', 'key', 'native', 'token'] as const).slice(i % 3, (i % 3) + 3)
  const done: Partial<Round> = {}
  for (const name of names) {
    done[name] = await round(sides[name], i === 0 ? WARM_MS : ROUND_MS)
    await startAfresh(world)
  }
  return done as Round
}

function costOf(name: Name, label: string, rounds: Round[]): Figure {
  const costs = rounds.map(({ native, [name]: ours }) => ({ ours: ours.cpuMs, bare: native.cpuMs }))
  return { name: label, ...middleRound(costs), unit: 'ms', target: MOST_OVER_NATIVE, isMoreBetter: false }
}

function overVideosApi({ path, ...caller }: Caller): Caller {
  return { ...caller, path: path.replace('/api/video/tasks/', '/v1/videos/') }
}

async function withKey({ token, ...caller }: Caller, baseUrl: string): Promise<Caller> {
  const response = await fetch(`${baseUrl}/api/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ name: 'bench' }),
  })
  const { data } = (await response.json()) as { data: { key: string } }
  return { ...caller, token: data.key }
}

/** How often a table was looked at. Each connection says it at its end at the latest. */
async function scansOf({ db }: World, table: string): Promise<number> {
  for (;;) {
    const [open] = await db.execute(sql`
      select exists(select from pg_stat_activity
        where datname = current_database() and application_name = ${APPLICATION}) as is_any`)
    if (!open?.is_any) break
    await sleep(50)
  }
  const [row] = await db.execute(sql`
    select (seq_scan + coalesce(idx_scan, 0))::int as scans from pg_stat_user_tables where relname = ${table}`)
  return Number(row?.scans)
}

import { createClient } from '@reelay/client/client'
import { Pool } from 'undici'
import { median, percentile } from './statistics.ts'
import type { WorldBench } from './world.ts'

const LOGINS_AT_ONCE = 100
const CROWD_MS = 8000
const PAIRS = 200
const WARM_PAIRS = 20

const account = { username: 'known', email: 'known@example.org', password: 'a long password' }

/** What a crowd of logins does to everybody else, and what the time of a refused login tells of a name. */
export const logins: WorldBench = async (world) => {
  const api = await world.processes.api()
  await createClient({ baseUrl: api.origin }).register(account)
  const pool = new Pool(api.origin, { connections: LOGINS_AT_ONCE + 10, pipelining: 1 })
  const alone = await healthTimes(pool, CROWD_MS / 4)
  const { times, perSecond } = await healthInACrowd(pool)
  const { known, difference } = await refusals(pool)
  await pool.close()
  return [
    { name: `logins done of ${LOGINS_AT_ONCE} at once`, ours: perSecond, unit: 'logins/s' },
    {
      name: '/health meanwhile, p99',
      ours: percentile(times, 0.99),
      bare: percentile(alone, 0.99),
      unit: 'ms',
      target: 100,
      targetOf: 'ours',
      isMoreBetter: false,
    },
    { name: 'a wrong password', ours: known, unit: 'ms' },
    {
      name: 'an unknown name differs by',
      ours: (Math.abs(difference) / known) * 100,
      unit: '%',
      target: 5,
      isMoreBetter: false,
    },
  ]
}

async function healthTimes(pool: Pool, forMs: number): Promise<number[]> {
  const times: number[] = []
  const startedAt = performance.now()
  while (performance.now() - startedAt < forMs)
    times.push(await timed(pool, { method: 'GET', path: '/health' }))
  return times
}

async function healthInACrowd(pool: Pool) {
  const startedAt = performance.now()
  const isOver = () => performance.now() - startedAt > CROWD_MS
  let done = 0
  const crowd = Array.from({ length: LOGINS_AT_ONCE }, async () => {
    while (!isOver()) {
      await logIn(pool, account.username, 200)
      done += 1
    }
  })
  const times = await healthTimes(pool, CROWD_MS)
  const perSecond = done / (CROWD_MS / 1000)
  await Promise.all(crowd)
  return { times, perSecond }
}

/**
 * In pairs that come one right after the other and take turns in who is first, so that what else goes on
 * meanwhile is the same to both.
 */
async function refusals(pool: Pool) {
  const known: number[] = []
  const differences: number[] = []
  for (let i = 0; i < WARM_PAIRS + PAIRS; i += 1) {
    const names = i % 2 ? ['known', 'unknown'] : ['unknown', 'known']
    const times: Record<string, number> = {}
    for (const name of names) times[name] = await logIn(pool, name, 401)
    if (i < WARM_PAIRS) continue
    known.push(times.known ?? Number.NaN)
    differences.push((times.unknown ?? Number.NaN) - (times.known ?? Number.NaN))
  }
  return { known: median(known), difference: median(differences) }
}

function logIn(pool: Pool, username: string, status: 200 | 401): Promise<number> {
  const password = status === 200 ? account.password : 'a wrong password'
  const body = JSON.stringify({ username, password })
  const headers = { 'content-type': 'application/json' }
  return timed(pool, { method: 'POST', path: '/api/auth/login', headers, body }, status)
}

async function timed(pool: Pool, request: Parameters<Pool['request']>[0], status = 200): Promise<number> {
  const startedAt = performance.now()
  const response = await pool.request(request)
  const text = await response.body.text()
  if (response.statusCode !== status) throw new Error(`${response.statusCode} ${text}`)
  return performance.now() - startedAt
}

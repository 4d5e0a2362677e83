import { Pool } from 'undici'
import { AT_ONCE, type Done, round, type Side, startAfresh, usersWithClips } from './remix-load.ts'
import { middleRound } from './statistics.ts'
import type { WorldBench } from './world.ts'

const ROUNDS = 7
const ROUND_MS = 1200
const WARM_MS = 2500

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
    status: 202,
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

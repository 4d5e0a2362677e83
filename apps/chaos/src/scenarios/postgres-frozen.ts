import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import type { World } from '../world/world.ts'

const ANSWERED_WITHIN_MS = 3000

export const postgresFrozen: Scenario = {
  name: 'postgres-frozen',
  about: 'Postgres is stopped while connected: the api says 503 within 3 s, and nothing is sent unrecorded',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ apis: 1, workers: 2 })
    const { postgres } = world.stores
    const load = await startLoad(world)
    const notes: string[] = []
    for (const seconds of isShort ? [5] : [10, 30]) {
      await load.submitMany(10, '[fault:slow=200]')
      postgres.freeze()
      const before = performance.now()
      const { status, retryAfter } = await submitRaw(world, load.users[0]?.token ?? '')
      const tookMs = performance.now() - before
      notes.push(`frozen for ${seconds} s: answered ${status} after ${(tookMs / 1000).toFixed(1)} s`)
      world.expect(
        status === 503 && retryAfter,
        `a frozen Postgres is answered ${status}, Retry-After ${retryAfter}`,
      )
      world.expect(tookMs <= ANSWERED_WITHIN_MS, `the answer took ${Math.round(tookMs)} ms`)
      const leftMs = seconds * 1000 - (performance.now() - before)
      await sleep(Math.max(0, leftMs))
      postgres.thaw()
    }
    return { faults: notes.length, notes, ...(await audit(world, load)) }
  },
}

/** A request that makes no task: it reads a list, which needs Postgres. */
async function submitRaw({ apiUrls }: World, token: string) {
  const response = await fetch(`${apiUrls[0]}/api/video/tasks?pageSize=1`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(60_000),
  })
  await response.arrayBuffer()
  return { status: response.status, retryAfter: response.headers.get('retry-after') }
}

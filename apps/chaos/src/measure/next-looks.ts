import { videoTasks } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { until } from '../until.ts'
import type { World } from '../world/world.ts'

type Seen = { method: string; path: string; at: number }

/** Waits until upstream was asked for each video that is in flight now, and returns how long that took, in ms. */
export async function nextLooksMs(world: World): Promise<number> {
  const since = Date.now()
  const { externalTaskId, status } = videoTasks
  const rows = await world.db.select({ externalTaskId }).from(videoTasks).where(eq(status, 'PROCESSING'))
  const tookMs = async () => {
    const seen = await world.admin<Seen[]>('requests')
    const polls = seen.filter(({ method, at }) => method === 'GET' && at >= since)
    const first = new Map(polls.toReversed().map(({ path, at }) => [path.split('/').at(-1), at]))
    return Math.max(...rows.map((row) => first.get(row.externalTaskId ?? '') ?? Number.NaN)) - since
  }
  await until(async () => Number.isFinite(await tookMs()), { withinMs: 60_000, what: 'all are looked at' })
  return tookMs()
}

export function allAccepted({ db }: World): Promise<unknown> {
  const statuses = () => db.select({ status: videoTasks.status }).from(videoTasks)
  const accepted = async () => (await statuses()).every(({ status }) => status !== 'QUEUED')
  return until(accepted, { withinMs: 60_000, what: 'all are accepted' })
}

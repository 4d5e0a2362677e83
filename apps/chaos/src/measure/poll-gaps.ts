import { submissions } from '@reelay/db/schema'
import { isNotNull } from 'drizzle-orm'
import type { World } from '../world/world.ts'

type Seen = { method: string; path: string; videoId: string | null; at: number }

/** Time in ms that a video, by upstream's name, went without a poll, until one came `at`; the first since its acceptance. */
export type PollGap = { externalTaskId: string; ms: number; at: number; isFirst: boolean }

/**
 * How long videos went without a poll as upstream saw it: from acceptance to the first one, and between two. What
 * was accepted before the oldest request that upstream remembers counts from its first poll on.
 */
export async function pollGaps({ admin, db }: World): Promise<PollGap[]> {
  const seen = await admin<Seen[]>('requests')
  const polls = seen.filter(
    ({ method, path, videoId }) => method === 'GET' && videoId && path.endsWith(videoId),
  )
  const polledAt = Map.groupBy(polls, ({ videoId }) => videoId)
  const oldestAt = seen[0]?.at ?? Number.POSITIVE_INFINITY

  const { externalId, settledAt } = submissions
  const accepted = await db.select({ externalId, settledAt }).from(submissions).where(isNotNull(externalId))
  return accepted.flatMap(({ externalId, settledAt }) => {
    const times = (polledAt.get(externalId) ?? []).map(({ at }) => at)
    const acceptedAt = settledAt?.getTime() ?? 0
    const isWhole = times.length > 0 && acceptedAt >= oldestAt
    if (isWhole) times.unshift(acceptedAt)
    return times.slice(1).map((at, i) => ({
      externalTaskId: externalId as string,
      ms: at - (times[i] as number),
      at,
      isFirst: isWhole && i === 0,
    }))
  })
}

export async function longestPollGapMs(world: World): Promise<number> {
  return Math.max(0, ...(await pollGaps(world)).map(({ ms }) => ms))
}

/** How late polls were that should come each `intervalMs`, in ms at p99. */
export function lateAtP99(gaps: PollGap[], intervalMs: number): number {
  const late = gaps.map(({ ms }) => Math.max(0, ms - intervalMs)).sort((a, b) => a - b)
  return late[Math.floor(late.length * 0.99)] ?? 0
}

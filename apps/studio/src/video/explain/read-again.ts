import type { ReelayClient } from '@reelay/client/client'
import type { Explanation } from '@reelay/contracts/explain'
import type { Timeline } from '@reelay/contracts/timeline'

/** What is due is done a moment later. */
const GRACE_MS = 1000
const AT_LEAST_APART_MS = 5000
const UNTIMED_MS = 15_000
/** However far the next step is: this machine's clock may be wrong, and a hold may end early. */
const AT_MOST_APART_MS = 60_000

export type Story = { explanation: Explanation; timeline: Timeline }

type Read = { data?: Story | undefined; dataUpdatedAt: number; errorUpdatedAt: number }

/**
 * Why a task waits, and what happened to it, in one reading. Tasks are live by the feed alone; but no event tells of
 * a submission that is settled, of holds and of places in the queue, so these are asked for at the pace of their steps.
 */
export function storyOf(videoId: string, client: Pick<ReelayClient, 'explain' | 'timeline'>) {
  return {
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Story> => {
      const [explanation, timeline] = await Promise.all([
        client.explain(videoId, { signal }),
        client.timeline(videoId, { signal }),
      ])
      return { explanation, timeline }
    },
    staleTime: 0,
    refetchOnWindowFocus: 'always' as const,
    refetchInterval: ({ state }: { state: Read }) => readAgainMs(state, Date.now()),
  }
}

/** How long until a story is read again; false where nothing is left to happen. */
export function readAgainMs({ data, dataUpdatedAt, errorUpdatedAt }: Read, now: number): number | false {
  if (!data) return UNTIMED_MS
  const { next } = data.explanation
  if (next === null) return false
  if (next.at === null) return UNTIMED_MS
  const readAt = Math.max(dataUpdatedAt, errorUpdatedAt)
  const at = Math.max(Date.parse(next.at) + GRACE_MS, readAt + AT_LEAST_APART_MS)
  return Math.min(Math.max(at - now, GRACE_MS), AT_MOST_APART_MS)
}

export const explanationOf = ({ explanation }: Story): Explanation => explanation
export const timelineOf = ({ timeline }: Story): Timeline => timeline

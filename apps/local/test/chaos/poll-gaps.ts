import type { World } from './world.ts'

type Seen = { method: string; videoId: string | null; at: number }

/** The longest that any video went without a poll between two, in ms, as upstream saw it. */
export async function longestPollGapMs({ admin }: World): Promise<number> {
  const seen = await admin<Seen[]>('requests')
  const polls = seen.filter(({ method, videoId }) => method === 'GET' && videoId !== null)
  const gaps = [...Map.groupBy(polls, ({ videoId }) => videoId).values()].flatMap((ofVideo) =>
    ofVideo.slice(1).map(({ at }, i) => at - (ofVideo[i] as Seen).at),
  )
  return Math.max(0, ...gaps)
}

import type { World } from '../world/world.ts'

type Seen = { method: string; path: string; videoId: string | null; at: number; endedAt: number | null }

/** How many looks at a video upstream got while another at the same one was under way. */
export async function looksAtOnce({ admin }: World): Promise<number> {
  const seen = await admin<Seen[]>('requests')
  const looks = seen.filter(
    ({ method, path, videoId }) => method === 'GET' && videoId && path.endsWith(videoId),
  )
  return [...Map.groupBy(looks, ({ videoId }) => videoId).values()]
    .map((ofVideo) => ofVideo.slice(1).filter(({ at }, i) => at < endOf(ofVideo[i])).length)
    .reduce((sum, count) => sum + count, 0)
}

function endOf(look: Seen | undefined): number {
  return look?.endedAt ?? Number.POSITIVE_INFINITY
}

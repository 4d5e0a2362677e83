import type { Task } from '@reelay/client/client'

/** Links change with each answer, and a picture that was loaded once need not be loaded again. */
const loaded = new Map<string, string>()
const missing = new Set<string>()

type Made = Pick<Task, 'videoId' | 'attempt' | 'videoUrl'>

/** Where the still picture of a video is. None before it is made, and none where there was none the last time. */
export function posterAddress({ videoId, attempt, videoUrl }: Made) {
  const key = `${videoId} ${attempt}`
  const url = loaded.get(key) ?? (videoUrl && !missing.has(key) ? thumbnailOf(videoUrl) : undefined)
  return {
    url,
    loaded: () => void (url && loaded.set(key, url)),
    failed: () => void missing.add(key),
  }
}

/** The link of a clip is good for its thumbnail, too. */
function thumbnailOf(videoUrl: string): string {
  return `${videoUrl}?variant=thumbnail`
}

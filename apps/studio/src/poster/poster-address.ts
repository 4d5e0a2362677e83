import type { Task } from '@reelay/client/client'

/** Less than what a link is good for, as it was not made just before it was loaded. */
const KEPT_MS = 5 * 60_000
const AGAIN_AFTER_MS = 60_000

/** Links change with each answer, and a picture that was loaded need not be loaded again under a newer one. */
const loaded = new Map<string, { url: string; at: number }>()
const failed = new Map<string, { returns: number; at: number }>()

type Made = Pick<Task, 'videoId' | 'attempt' | 'videoUrl'>

/**
 * Where the still picture of a video is. None before it is made, and for a while none where there was none: until
 * the feed has come back once more.
 */
export function posterAddress({ videoId, attempt, videoUrl }: Made, returns: number, now = Date.now) {
  const key = `${videoId} ${attempt}`
  const url = keptUrl() ?? (videoUrl && !failedLately() ? thumbnailOf(videoUrl) : undefined)
  return {
    url,
    loaded(): void {
      failed.delete(key)
      if (url && keptUrl() !== url) loaded.set(key, { url, at: now() })
    },
    failed(): void {
      loaded.delete(key)
      failed.set(key, { returns, at: now() })
    },
  }

  function keptUrl(): string | undefined {
    const kept = loaded.get(key)
    return kept && now() - kept.at < KEPT_MS ? kept.url : undefined
  }

  function failedLately(): boolean {
    const last = failed.get(key)
    return last !== undefined && last.returns === returns && now() - last.at < AGAIN_AFTER_MS
  }
}

/** The link of a clip is good for its thumbnail, too. */
function thumbnailOf(videoUrl: string): string {
  return `${videoUrl}?variant=thumbnail`
}

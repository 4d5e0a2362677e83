import type { Clock } from './clock.ts'
import type { Fault } from './faults/fault.ts'
import { type Life, lifeAt, type Script, type VideoError } from './life.ts'
import type { Media } from './media.ts'
import type { Source } from './wish.ts'

export const videoLimit = 100_000

/**
 * `source` is the id it is made from, if that is known, and `clip` what it is made from when that came as a file. The
 * key that made it is told by its name. The prompts of its lineage, oldest first, decide what its clip looks like.
 */
export interface Order {
  id: string
  prompt: string
  model: string
  size: string
  seconds: string
  source: string | null
  sourceBy: Source['by'] | null
  picture: Media | null
  clip: Media | null
  key: string | null
  lineage: string[]
  faults: Fault[]
  failure: VideoError | null
}

/** `createdAt` is by upstream's clock, which may be wrong, and `bornAt` by the real clock. */
export interface Video extends Order {
  script: Script
  createdAt: number
  bornAt: number
  cancelled: boolean
}

export interface Videos {
  create(order: Order, script?: Script): Video
  find(id: string): Video | undefined
  newestFirst(): Video[]
  delete(id: string): void
  setScript(script: Script): void
  /** Forgets all videos, as a server that keeps them in memory does when it is restarted. */
  forget(): void
  reset(): void
}

/** Every video upstream knows. Nothing runs in the background: age alone tells a video's status. */
export function createVideos({ clock, script }: { clock: Clock; script: Script }): Videos {
  const videos = new Map<string, Video>()
  let current = script

  return {
    create(order, own = current) {
      const video = { ...order, script: own, createdAt: clock.now(), bornAt: Date.now(), cancelled: false }
      videos.set(video.id, video)
      const oldest = videos.keys().next().value
      if (videos.size > videoLimit && oldest) videos.delete(oldest)
      return video
    },
    find: (id) => videos.get(id),
    newestFirst: () => [...videos.values()].reverse(),
    delete: (id) => {
      videos.delete(id)
    },
    setScript: (next) => {
      current = next
    },
    forget: () => {
      for (const video of videos.values()) video.cancelled = true
      videos.clear()
    },
    reset: () => {
      videos.clear()
      current = script
    },
  }
}

export function ageOf(video: Video, at = Date.now()): number {
  return at - video.bornAt
}

export function lifeOf(video: Video, at = Date.now()): Life {
  return lifeAt(ageOf(video, at), video.script, video.failure !== null)
}

export function isFinished(video: Video): boolean {
  const { status } = lifeOf(video)
  return status === 'completed' || status === 'failed'
}

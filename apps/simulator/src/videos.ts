import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Fault } from './fault.ts'
import { type Life, lifeAt, type Script, type VideoError } from './life.ts'

export const videoLimit = 100_000

export interface Order {
  prompt: string
  model: string
  size: string
  seconds: string
  source: string | null
  /** The prompts it goes back to, oldest first; they decide what its clip looks like. */
  lineage: string[]
  faults: Fault[]
  failure: VideoError | null
}

export interface Video extends Order {
  id: string
  script: Script
  /** By upstream's clock, which may be wrong. */
  createdAt: number
  /** By the real clock. */
  bornAt: number
}

export interface Videos {
  create(order: Order, script?: Script): Video
  find(id: string): Video | undefined
  newestFirst(): Video[]
  delete(id: string): void
  setScript(script: Script): void
  reset(): void
}

/** Every video upstream knows. Nothing runs in the background: age alone tells a video's status. */
export function createVideos({ clock, script }: { clock: Clock; script: Script }): Videos {
  const videos = new Map<string, Video>()
  let current = script

  return {
    create(order, own = current) {
      const id = `video_${randomBytes(24).toString('hex')}`
      const video = { ...order, id, script: own, createdAt: clock.now(), bornAt: Date.now() }
      videos.set(id, video)
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
    reset: () => {
      videos.clear()
      current = script
    },
  }
}

export function ageOf(video: Video): number {
  return Date.now() - video.bornAt
}

export function lifeOf(video: Video): Life {
  return lifeAt(ageOf(video), video.script, video.failure !== null)
}

export function toResource(video: Video) {
  const { status, progress } = lifeOf(video)
  const { queuedMs, renderMs } = video.script
  const completedAt = status === 'completed' ? inSeconds(video.createdAt + queuedMs + renderMs) : null
  return {
    id: video.id,
    object: 'video',
    model: video.model,
    status,
    progress,
    created_at: inSeconds(video.createdAt),
    completed_at: completedAt,
    expires_at: completedAt === null ? null : completedAt + 3600,
    prompt: video.prompt,
    size: video.size,
    seconds: video.seconds,
    remixed_from_video_id: video.source,
    error: status === 'failed' ? video.failure : null,
  }
}

function inSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

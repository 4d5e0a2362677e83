import type { FastifyRequest } from 'fastify'
import type { Clips } from './clips/clips.ts'
import type { FaultName } from './faults/kinds.ts'
import type { Life, VideoError } from './life.ts'
import { lifeOf, type Video } from './videos.ts'

/**
 * A video at the moment of a request, as the answers of any dialect need it. Its progress is in percent, whole, and its
 * times are seconds since the epoch.
 */
export interface Shown extends Pick<Video, 'id' | 'prompt' | 'model' | 'size' | 'seconds' | 'source'> {
  status: Life['status']
  progress: number
  failure: VideoError | null
  createdAt: number
  completedAt: number | null
  /** The address of the API that was asked, such as http://127.0.0.1:4010/v1; `base` is its path. */
  api: string
  base: string
  /** Where anyone may fetch the clip. */
  clipUrl: string
  pictureUrl: string
  /** Whether the video was told to be shown in a way of its own. */
  has(fault: FaultName): boolean
  valueOf(fault: FaultName): number | undefined
  clip(): Promise<Buffer>
}

interface Deps {
  base: string
  clips: Clips
  /** Another name of this machine: to a client that is another origin. */
  clipHost: string | undefined
}

export function createShow({ base, clips, clipHost }: Deps) {
  return ({ protocol, host, port }: FastifyRequest, video: Video, at?: number): Shown => {
    const { status, progress } = lifeOf(video, at)
    const { id, prompt, model, size, seconds, source, faults } = video
    const { queuedMs, renderMs } = video.script
    const path = `${protocol}://${clipHost ? `${clipHost}:${port}` : host}/clips/${encodeURIComponent(id)}`
    const named = (name: FaultName) => faults.find((fault) => fault.name === name)
    return {
      id,
      prompt,
      model,
      size,
      seconds,
      source,
      status,
      progress,
      base,
      failure: status === 'failed' ? video.failure : null,
      createdAt: inSeconds(video.createdAt),
      completedAt: status === 'completed' ? inSeconds(video.createdAt + queuedMs + renderMs) : null,
      api: `${protocol}://${host}${base}`,
      clipUrl: `${path}.mp4`,
      pictureUrl: `${path}.webp`,
      has: (name) => named(name) !== undefined,
      valueOf: (name) => named(name)?.value,
      clip: async () => (await clips.clipOf(video)).bytes,
    }
  }
}

export type Show = ReturnType<typeof createShow>

function inSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

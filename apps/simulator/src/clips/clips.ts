import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Video } from '../videos.ts'
import { type Drawing, drawFrame, drawingOf } from './drawing.ts'
import { paddedTo } from './padding.ts'
import { encodeWebp } from './webp.ts'

const cacheLimit = 2000

export interface Clip {
  bytes: Buffer
  etag: string
}

export interface Clips {
  clipOf(video: Video): Promise<Clip>
  thumbnailOf(video: Video): Buffer
  close(): Promise<void>
}

export interface ClipsOptions {
  directory?: string
  oneClip?: boolean
  /** Makes each clip at least so long, and another than all others. */
  clipBytes?: number
}

const onlyClip = { size: '720x720', seconds: '4', lineage: ['one clip for all'] }

/** Renders each clip when it is first asked for, away from the event loop, and keeps it. */
export function createClips({ directory, oneClip, clipBytes = 0 }: ClipsOptions = {}): Clips {
  const renderer = createRenderer()
  const clips = new Map<string, Promise<Clip>>()

  async function load(name: string, drawing: Drawing): Promise<Clip> {
    const path = directory && join(directory, name)
    const kept = path && (await readFile(path).catch(() => undefined))
    const bytes = kept || (await renderer.render(drawing))
    if (directory && path && !kept) {
      await mkdir(directory, { recursive: true })
      await writeFile(path, bytes)
    }
    return { bytes, etag: `"${sha(bytes)}"` }
  }

  return {
    async clipOf(video) {
      const drawn = await drawnFor(video)
      if (clipBytes === 0) return drawn
      // Made anew each time: so many bytes of so many videos are not for keeping.
      return { bytes: paddedTo(clipBytes, drawn.bytes, video.id), etag: `"${sha(drawn.etag + video.id)}"` }
    },

    thumbnailOf(video) {
      const drawing = drawingOf(video)
      const small = { ...drawing, width: drawing.width / 2, height: drawing.height / 2 }
      return encodeWebp(small.width, small.height, drawFrame(small, 0.5))
    },

    close: renderer.close,
  }

  function drawnFor(video: Video): Promise<Clip> {
    const drawing = drawingOf(oneClip ? onlyClip : video)
    const name = `${sha(JSON.stringify(drawing))}.mp4`
    const clip = clips.get(name) ?? load(name, drawing)
    clips.set(name, clip)
    clip.catch(() => clips.delete(name))
    const oldest = clips.keys().next().value
    if (clips.size > cacheLimit && oldest) clips.delete(oldest)
    return clip
  }
}

function createRenderer() {
  const waiting = new Map<number, PromiseWithResolvers<Buffer>>()
  let worker: Worker | undefined
  let asked = 0

  function start(): Worker {
    const thread = new Worker(new URL('./clip-worker.ts', import.meta.url))
    thread.on('message', ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
      waiting.get(id)?.resolve(Buffer.from(bytes))
      waiting.delete(id)
    })
    thread.on('error', (error) => {
      worker = undefined
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    })
    thread.unref()
    return thread
  }

  return {
    render(drawing: Drawing): Promise<Buffer> {
      worker ??= start()
      const answer = Promise.withResolvers<Buffer>()
      asked += 1
      waiting.set(asked, answer)
      worker.postMessage({ id: asked, drawing })
      return answer.promise
    },

    async close() {
      await worker?.terminate()
    },
  }
}

function sha(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 32)
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clips } from '../clips.ts'
import { ApiError } from '../errors.ts'
import type { Faults } from '../faults.ts'
import { readInput } from '../submission.ts'
import { ageOf, lifeOf, type Video, type Videos } from '../videos.ts'
import { type ById, existing } from './existing.ts'

interface Deps {
  clips: Clips
  faults: Faults
  videos: Videos
}

const contentQuery = z.object({ variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video') })

export async function contentRoutes(app: FastifyInstance, { clips, faults, videos }: Deps) {
  app.get<ById>('/videos/:id/content', async (request, reply) => {
    await faults.meetArmed('content', request)
    const { variant } = readInput(contentQuery, request.query)
    const video = ready(videos, request.params.id)
    await faults.meet('content', video.faults, { subject: video.id, age: ageOf(video), request })

    if (variant === 'spritesheet')
      throw new ApiError(404, 'This video has no spritesheet.', { param: 'variant' })
    if (variant === 'thumbnail') return reply.type('image/webp').send(clips.thumbnailOf(video))
    return sendClip(request, reply, await clips.clipOf(video))
  })
}

/** The address that some servers put into the video itself: anyone may fetch it. */
export async function publicClipRoute(app: FastifyInstance, { clips, videos }: Deps) {
  app.get<ById>('/clips/:id.mp4', async (request, reply) => {
    return sendClip(request, reply, await clips.clipOf(ready(videos, request.params.id)))
  })
}

/** `clipHost` is another name of this machine: to a client that is another origin. */
export function clipUrl({ protocol, host, port }: FastifyRequest, { id }: Video, clipHost?: string): string {
  return `${protocol}://${clipHost ? `${clipHost}:${port}` : host}/clips/${id}.mp4`
}

function ready(videos: Videos, id: string): Video {
  const video = existing(videos, id)
  const { status } = lifeOf(video)
  if (status !== 'completed')
    throw new ApiError(409, `The video is ${status}, not completed.`, { param: 'video_id' })
  return video
}

function sendClip(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag }: { bytes: Buffer; etag: string },
) {
  reply.type('video/mp4').headers({ 'accept-ranges': 'bytes', etag })
  const range = readRange(request.headers.range, bytes.length)
  if (range === undefined) return reply.send(bytes)
  if (range === 'unsatisfiable') {
    throw new ApiError(416, 'The range is outside of the video.', {
      headers: { 'content-range': `bytes */${bytes.length}` },
    })
  }

  const [start, end] = range
  reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes.length}`)
  return reply.send(bytes.subarray(start, end + 1))
}

/** One range only: a header with several, or one that makes no sense, is answered with everything. */
function readRange(
  header: string | undefined,
  length: number,
): [number, number] | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || from + to === '') return undefined

  const start = from === '' ? Math.max(length - Number(to), 0) : Number(from)
  const end = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1)
  if (start >= length || (from === '' && Number(to) === 0)) return 'unsatisfiable'
  return start > end ? undefined : [start, end]
}

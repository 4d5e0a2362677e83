import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { aviOf } from '../clips/avi.ts'
import type { Clip, Clips } from '../clips/clips.ts'
import type { Dialect } from '../dialect.ts'
import { type Faults, type Quirk, quirkOf } from '../faults/faults.ts'
import { type ById, existingVideo, type LookupDeps } from '../find-video.ts'
import { readInput } from '../input.ts'
import { noSuchVideo, Problem } from '../problem.ts'
import { ageOf, lifeOf, type Video, type Videos } from '../videos.ts'
import { sendClip } from './send-clip.ts'

interface Deps extends LookupDeps {
  clips: Clips
  faults: Faults
}

const contentQuery = z.object({ variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video') })

export async function contentRoutes(app: FastifyInstance, deps: Deps) {
  const { clips, faults, dialect } = deps
  const { content } = dialect
  if (!content) return

  app.get<ById>('/videos/:id/content', { config: { scope: 'content' } }, async (request, reply) => {
    const armed = await faults.meetArmed('content', request)
    // A server without thumbnails doesn't read what is asked for, and sends the clip.
    const { variant } = readInput(contentQuery, content.thumbnail ? request.query : {})
    const video = finished(existingVideo(request, request.params.id, deps))
    const quirks = [...armed, ...(await meetContent(request, video, faults))]

    if (variant === 'spritesheet') {
      throw new Problem('no_such_variant', 'This video has no spritesheet.', { param: 'variant' })
    }
    if (variant === 'thumbnail') return reply.type('image/webp').send(clips.thumbnailOf(video))
    return send(request, reply, video, quirks, { clips, ranges: content.ranges })
  })
}

/** The addresses that some servers put into the video itself: anyone may fetch them. */
export async function publicClipRoutes(
  app: FastifyInstance,
  { clips, videos, faults, spoken }: { clips: Clips; videos: Videos; faults: Faults; spoken: () => Dialect },
) {
  function ready(id: string): Video {
    const video = videos.find(spoken().canonicalId?.(id) ?? id)
    if (!video) throw noSuchVideo(id)
    return finished(video)
  }

  app.get<ById>('/clips/:id.mp4', { config: { scope: 'content' } }, async (request, reply) => {
    const { clipsArePublic } = spoken()
    const armed = clipsArePublic ? await faults.meetArmed('content', request) : []
    const video = ready(request.params.id)
    const met = clipsArePublic ? await meetContent(request, video, faults) : []
    return send(request, reply, video, [...armed, ...met], { clips, ranges: true })
  })

  app.get<ById>('/clips/:id.webp', async (request, reply) => {
    return reply.type('image/webp').send(clips.thumbnailOf(ready(request.params.id)))
  })
}

function finished(video: Video): Video {
  const { status } = lifeOf(video)
  if (status === 'completed') return video
  const kind = status === 'failed' ? 'video_failed' : 'not_ready'
  throw new Problem(kind, `The video is ${status}, not completed.`, { param: 'video_id' })
}

function meetContent(request: FastifyRequest, video: Video, faults: Faults): Promise<Quirk[]> {
  return faults.meet('content', video.faults, { subject: video.id, age: ageOf(video), request })
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  video: Video,
  quirks: Quirk[],
  { clips, ranges }: { clips: Clips; ranges: boolean },
) {
  const isAvi = video.faults.some(({ name }) => name === 'avi')
  const clip: Clip = isAvi ? aviOf(video) : await clips.clipOf(video)
  reply.type(isAvi ? 'video/x-msvideo' : 'video/mp4')
  return sendClip(request, reply, clip, {
    ranges,
    cut: quirkOf(quirks, 'cut'),
    slow: quirkOf(quirks, 'slow_clip'),
  })
}

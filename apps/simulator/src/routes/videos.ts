import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Dialect } from '../dialect.ts'
import { type Faults, quirkOf } from '../faults/faults.ts'
import { type ById, existingVideo, type LookupDeps } from '../find-video.ts'
import { Problem } from '../problem.ts'
import type { Show } from '../shown.ts'
import { ageOf, isFinished } from '../videos.ts'
import { listRoute } from './list.ts'

interface Deps extends LookupDeps {
  dialect: Dialect
  faults: Faults
  show: Show
  pollAfterMs: number | undefined
}

export async function videoRoutes(app: FastifyInstance, deps: Deps) {
  const { dialect, faults, show, pollAfterMs } = deps

  app.get<ById>('/videos/:id', { config: { scope: 'retrieve' } }, async (request, reply) => {
    await faults.meetArmed('retrieve', request)
    const video = existingVideo(request, request.params.id, deps)
    await faults.meet('retrieve', video.faults, { subject: video.id, age: ageOf(video), request })

    if (dialect.hasOpenaiHeaders && pollAfterMs !== undefined && !isFinished(video)) {
      reply.header('openai-poll-after-ms', pollAfterMs)
    }
    const shown = show(request, video)
    reply.code(dialect.videoStatus?.(shown) ?? 200)
    return (await dialect.video(shown)) ?? reply.send()
  })

  if (dialect.list) listRoute(app, dialect.list, deps)
  if (dialect.remove) deleteRoute(app, dialect.remove, deps)
}

function deleteRoute(app: FastifyInstance, { running, answer }: NonNullable<Dialect['remove']>, deps: Deps) {
  const { faults, show, videos } = deps

  app.delete<ById>('/videos/:id', { config: { scope: 'delete' } }, async (request: FastifyRequest<ById>) => {
    const armed = await faults.meetArmed('delete', request)
    const video = existingVideo(request, request.params.id, deps)
    const victim = { subject: video.id, age: ageOf(video), request }
    const quirks = [...armed, ...(await faults.meet('delete', video.faults, victim))]
    if (!isFinished(video) && running === 'is refused') {
      throw new Problem('still_running', 'The video is still being made.', { param: 'video_id' })
    }

    video.cancelled = running === 'is cancelled'
    videos.delete(video.id)
    if (quirkOf(quirks, 'delete_unsure'))
      throw new Problem('cancel_unsure', 'The video may still be running.')
    return answer(show(request, video))
  })
}

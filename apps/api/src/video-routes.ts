import type { UserRepository } from '@reelay/db/user-repository'
import type { ProgressListener } from '@reelay/queue/progress'
import type { Events } from '@reelay/telemetry/events'
import type { FastifyPluginAsync } from 'fastify'
import { createRequireAdmin } from './accounts/authentication.ts'
import { installForms } from './http/form-body.ts'
import { createFetchPicture } from './pictures/fetch-picture.ts'
import { type TaskRoutesDeps, taskRoutes } from './tasks/routes.ts'
import { type VideosApiDeps, videosApi } from './v1/routes.ts'

type Shared = TaskRoutesDeps & VideosApiDeps

export type VideoRoutesDeps = Omit<Shared, 'fetchPicture' | 'acceptance' | 'requireAdmin' | 'countMove'> & {
  users: UserRepository
  events: Events
  listener: ProgressListener
  closing: AbortSignal
  acceptWaitMs: number
  pictureOrigins: readonly string[]
  fetchPictureMs?: number | undefined
}

/** Both faces of what users do with videos: our own, and that of the Videos API. */
export const videoRoutes: FastifyPluginAsync<VideoRoutesDeps> = async (app, deps) => {
  await installForms(app)
  const { events, listener, closing, acceptWaitMs, pictureOrigins, fetchPictureMs } = deps
  const pictures = createFetchPicture({ origins: pictureOrigins, withinMs: fetchPictureMs, log: app.log })
  app.addHook('onClose', pictures.close)
  const shared: Shared = {
    ...deps,
    acceptance: { listener, waitMs: acceptWaitMs, closing },
    requireAdmin: createRequireAdmin(deps),
    fetchPicture: pictures.fetchPicture,
    countMove: ({ status, errorCode }) => events.emit('taskMoved', { status, errorCode }),
  }
  await app.register(taskRoutes, shared)
  await app.register(videosApi, shared)
}

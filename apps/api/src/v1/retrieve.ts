import { Video } from '@reelay/contracts/videos'
import { type GetOwnTaskDeps, getOwnTask } from '@reelay/relay/get-own-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { maybeUnfinished, ofVideos } from './about.ts'
import { videoOf } from './video.ts'
import { VideoParam } from './video-param.ts'
import { sayWhenToLook } from './when-to-look.ts'

export type RetrieveVideoDeps = GetOwnTaskDeps & { pollIntervalMs: number }

export const retrieveVideo: FastifyPluginAsyncZod<RetrieveVideoDeps> = async (app, deps) => {
  app.get(
    '/v1/videos/:id',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          ...ofVideos,
          summary: 'Look at a video',
          fails: ['task_not_found'],
          returns: { 200: maybeUnfinished },
        }),
        params: VideoParam,
        response: { 200: Video },
      },
    },
    async ({ user, params }, reply) => {
      const video = videoOf(await getOwnTask({ user: user.sub, videoId: params.id }, deps))
      sayWhenToLook(reply, video, deps)
      return video
    },
  )
}

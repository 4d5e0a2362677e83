import { type GetOwnTaskDeps, getOwnTask } from '@reelay/relay/get-own-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate } from '../accounts/authentication.ts'
import { ofContent } from '../content/about-content.ts'
import { type SendClipDeps, sendClip } from '../content/send-clip.ts'
import { Variant } from '../content/variant.ts'
import { about } from '../openapi/about.ts'
import { ofVideos } from './about.ts'
import { VideoParam } from './video-param.ts'

export type VideoContentDeps = GetOwnTaskDeps & SendClipDeps

export const videoContent: FastifyPluginAsyncZod<VideoContentDeps> = async (app, deps) => {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/videos/:id/content',
    exposeHeadRoute: false,
    onRequest: authenticate,
    schema: {
      ...about({ ...ofVideos, ...ofContent, summary: 'Download a video' }),
      params: VideoParam,
      querystring: z.object({ variant: Variant }),
    },
    async handler(request, reply) {
      const { user, params, query } = request
      const task = await getOwnTask({ user: user.sub, videoId: params.id }, deps)
      return sendClip(task, { variant: query.variant, isDownload: false }, request, reply, deps)
    },
  })
}

import { ContentLink, success } from '@reelay/contracts/replies'
import type { Tasks } from '@reelay/db/tasks'
import { getOwnTask } from '@reelay/relay/get-own-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate } from '../accounts/authentication.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { VideoIdParam } from '../tasks/video-id-param.ts'
import { checkCompleted } from './completed.ts'
import { Variant } from './variant.ts'

export type ContentLinkDeps = { tasks: Tasks; links: Links }

export const contentLink: FastifyPluginAsyncZod<ContentLinkDeps> = async (app, { tasks, links }) => {
  app.get(
    '/api/video/tasks/:videoId/content',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Get a link that plays',
          tag: 'content',
          description: 'Good for ten minutes, in a <video> or anything else that sends no headers.',
          security: ['bearer'],
          fails: ['task_not_found', 'not_completed', 'clip_removed'],
        }),
        params: VideoIdParam,
        querystring: z.object({ variant: Variant }),
        response: { 200: success(ContentLink) },
      },
    },
    async ({ user, params, query }) => {
      const task = await getOwnTask({ user: user.sub, videoId: params.videoId }, { tasks })
      checkCompleted(task)
      const { videoId, externalTaskId } = task
      const link = links.content(videoId)
      const url = query.variant === 'thumbnail' ? `${link.url}?variant=thumbnail` : link.url
      const data = { videoId, externalVideoId: externalTaskId, ...link, url }
      return { success: true as const, data }
    },
  )
}

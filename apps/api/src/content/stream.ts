import { signed } from '@reelay/contracts/examples'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { ofContent } from './about-content.ts'
import { type SendClipDeps, sendClip } from './send-clip.ts'
import { Variant } from './variant.ts'

export type ContentStreamDeps = SendClipDeps & { tasks: Tasks; links: Links }

const schema = {
  ...about({
    ...ofContent,
    summary: 'Stream a video',
    tag: 'content',
    description: 'The address is that of a link, and opens without anything else.',
    fails: ['link_expired', ...ofContent.fails],
  }),
  querystring: z.object({
    variant: Variant,
    download: z.enum(['0', '1']).optional().describe('1: to be saved rather than played'),
  }),
  params: z.object({
    signed: z.string().meta({ description: 'From a link’s url or a task’s videoUrl', examples: [signed] }),
  }),
}

export const contentStream: FastifyPluginAsyncZod<ContentStreamDeps> = async (app, deps) => {
  const { tasks, links } = deps
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/video/content/:signed',
    exposeHeadRoute: false,
    // Players send no token, and a page has dozens of links: all who share an address would share their count.
    config: {
      countedAs({ params }) {
        const videoId = links.openContent((params as { signed: string }).signed)
        return videoId && `video ${videoId}`
      },
    },
    schema,
    async handler(request, reply) {
      const { params, query } = request
      const videoId = links.openContent(params.signed)
      if (!videoId) throw new ApiError('link_expired')
      const task = await tasks.find(videoId)
      if (!task || task.deletedAt) throw new ApiError('task_not_found')
      const wanted = { variant: query.variant, isDownload: query.download === '1' }
      return sendClip(task, wanted, request, reply, deps)
    },
  })
}

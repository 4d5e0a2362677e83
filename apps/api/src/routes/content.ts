import { ContentLink, success } from '@reelay/contracts/replies'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { SoraClient } from '@reelay/sora/client'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate } from '../authentication.ts'
import { ApiError } from '../errors.ts'
import type { Links } from '../links.ts'
import { ownTask, VideoIdParam } from './tasks.ts'

export type ContentDeps = { tasks: TaskRepository; sora: SoraClient; links: Links }

const passedOn = ['content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified'] as const

/** A short signed link for a finished video, and the bytes behind it. */
export const content: FastifyPluginAsyncZod<ContentDeps> = async (app, { tasks, sora, links }) => {
  app.get(
    '/api/video/tasks/:videoId/content',
    { onRequest: authenticate, schema: { params: VideoIdParam, response: { 200: success(ContentLink) } } },
    async (request) => {
      const task = await ownTask(tasks, request, 'task_not_found')
      if (task.status !== 'COMPLETED' || task.externalTaskId === null) throw new ApiError('not_completed')
      const link = links.content(task.videoId)
      return {
        success: true as const,
        data: { videoId: task.videoId, externalVideoId: task.externalTaskId, ...link },
      }
    },
  )

  app.get(
    '/api/video/content/:signed',
    { schema: { params: z.object({ signed: z.string() }) }, exposeHeadRoute: false },
    async (request, reply) => {
      const videoId = links.openContent(request.params.signed)
      if (!videoId) throw new ApiError('link_expired')
      const task = await tasks.find(videoId)
      if (task?.status !== 'COMPLETED' || task.externalTaskId === null) throw new ApiError('not_completed')

      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const { range } = request.headers
      const answer = await sora.content(task.externalTaskId, range, gone.signal).catch((error: Error) => {
        request.log.warn({ videoId, reason: error.message }, 'upstream unavailable')
        throw new ApiError('upstream_unavailable')
      })
      if (answer.statusCode === 404 || answer.statusCode === 410) {
        await answer.body.dump()
        throw new ApiError('content_expired')
      }
      if (![200, 206, 416].includes(answer.statusCode)) {
        await answer.body.dump()
        throw new ApiError('upstream_unavailable')
      }
      for (const name of passedOn) {
        const value = answer.headers[name]
        if (value !== undefined) reply.header(name, value)
      }
      // Upstream's own type is not trusted: the bytes are a video or nothing.
      reply
        .code(answer.statusCode)
        .type('video/mp4')
        .header('cache-control', 'private, max-age=600')
        .header('x-content-type-options', 'nosniff')
        .header('cross-origin-resource-policy', 'cross-origin')
        .header('content-security-policy', "default-src 'none'; sandbox")
      return reply.send(answer.body)
    },
  )
}

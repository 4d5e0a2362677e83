import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { RetryBody } from '@reelay/contracts/task-requests'
import { type RetryTaskDeps, retryTask } from '@reelay/relay/retry-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { type Announcing, type FromRequest, forRequest } from './for-request.ts'
import type { Presenter } from './present.ts'
import { VideoIdParam } from './video-id-param.ts'

export type RetryDeps = Announcing & Omit<RetryTaskDeps, FromRequest> & { present: Presenter }

export const retry: FastifyPluginAsyncZod<RetryDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks/:videoId/retry',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Try an ended task once more',
          tag: 'tasks',
          description:
            'For tasks that are FAILED or CANCELLED. What was already paid for is looked for before anything is paid again; force pays even where that is not known.',
          security: ['bearer'],
          fails: ['task_not_found', 'not_retryable', 'source_upstream_gone', 'too_many_unfinished'],
        }),
        params: VideoIdParam,
        body: RetryBody,
        response: { 200: success(Task) },
      },
    },
    async (request) => {
      const { user, params, body } = request
      const wanted = { user: user.sub, videoId: params.videoId, force: body?.force ?? false }
      const moved = await retryTask(wanted, forRequest(deps, request))
      return { success: true as const, data: await deps.present.moved(moved) }
    },
  )
}

import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { type CancelTaskDeps, cancelTask } from '@reelay/relay/cancel-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { type Announcing, type FromRequest, forRequest } from './for-request.ts'
import type { Presenter } from './present.ts'
import { VideoIdParam } from './video-id-param.ts'

export type CancelDeps = Announcing & Omit<CancelTaskDeps, FromRequest> & { present: Presenter }

export const cancel: FastifyPluginAsyncZod<CancelDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks/:videoId/cancel',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Stop following a task',
          tag: 'tasks',
          description: 'Nothing is deleted upstream, and what upstream is making may still cost.',
          security: ['bearer'],
          fails: ['task_not_found', 'not_cancellable'],
        }),
        params: VideoIdParam,
        response: { 200: success(Task) },
      },
    },
    async (request) => {
      const named = { user: request.user.sub, videoId: request.params.videoId }
      const moved = await cancelTask(named, forRequest(deps, request))
      return { success: true as const, data: await deps.present.task(moved) }
    },
  )
}

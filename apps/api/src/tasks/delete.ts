import { DeletedTask, success } from '@reelay/contracts/replies'
import { type DeleteTaskDeps, deleteTask } from '@reelay/relay/delete-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import type { FromRequest } from './for-request.ts'
import { VideoIdParam } from './video-id-param.ts'

export type DeleteDeps = Omit<DeleteTaskDeps, FromRequest>

export const deleting: FastifyPluginAsyncZod<DeleteDeps> = async (app, deps) => {
  app.delete(
    '/api/video/tasks/:videoId',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Delete a task that has ended',
          tag: 'tasks',
          description:
            'For good: it is shown nowhere, its links are dead, and its clip and picture are removed from our own store. Nothing is deleted upstream. Remixes of it stay, and its idempotency key stays taken. No event tells of it.',
          security: ['bearer'],
          fails: ['task_not_found', 'not_deletable'],
        }),
        params: VideoIdParam,
        response: { 200: success(DeletedTask) },
      },
    },
    async (request) => {
      const named = { user: request.user.sub, videoId: request.params.videoId }
      const videoId = await deleteTask(named, { ...deps, log: request.log })
      return { success: true as const, data: { videoId, deleted: true as const } }
    },
  )
}

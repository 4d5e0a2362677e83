import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { type RemoveClipDeps, removeClip } from '@reelay/relay/remove-clip'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { type Announcing, type FromRequest, forRequest } from '../tasks/for-request.ts'
import type { Presenter } from '../tasks/present.ts'
import { VideoIdParam } from '../tasks/video-id-param.ts'

export type RemoveDeps = Announcing & Omit<RemoveClipDeps, FromRequest> & { present: Presenter }

export const remove: FastifyPluginAsyncZod<RemoveDeps> = async (app, deps) => {
  app.delete(
    '/api/video/tasks/:videoId/clip',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Remove a clip from our own store',
          tag: 'content',
          description:
            'The task stays, and plays from upstream while that has the video. It is not stored again.',
          security: ['bearer'],
          fails: ['task_not_found', 'not_completed'],
        }),
        params: VideoIdParam,
        response: { 200: success(Task) },
      },
    },
    async (request) => {
      const named = { user: request.user.sub, videoId: request.params.videoId }
      const task = await removeClip(named, forRequest(deps, request))
      return { success: true as const, data: await deps.present.task(task) }
    },
  )
}

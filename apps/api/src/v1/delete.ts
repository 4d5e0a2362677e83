import { DeletedVideo } from '@reelay/contracts/videos'
import { type DeleteTaskDeps, deleteTask } from '@reelay/relay/delete-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import type { FromRequest } from '../tasks/for-request.ts'
import { ofVideos } from './about.ts'
import { VideoParam } from './video-param.ts'

export type DeleteVideoDeps = Omit<DeleteTaskDeps, FromRequest>

export const deleteVideo: FastifyPluginAsyncZod<DeleteVideoDeps> = async (app, deps) => {
  app.delete(
    '/v1/videos/:id',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          ...ofVideos,
          summary: 'Delete a video that has ended',
          description: 'Nothing is deleted upstream.',
          fails: ['task_not_found', 'not_deletable'],
        }),
        params: VideoParam,
        response: { 200: DeletedVideo },
      },
    },
    async ({ user, params, log }) => {
      const id = await deleteTask({ user: user.sub, videoId: params.id }, { ...deps, log })
      return { id, object: 'video.deleted' as const, deleted: true as const }
    },
  )
}

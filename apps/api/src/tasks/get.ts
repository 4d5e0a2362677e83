import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { type GetOwnTaskDeps, getOwnTask } from '@reelay/relay/get-own-task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import type { Presenter } from './present.ts'
import { VideoIdParam } from './video-id-param.ts'

export type GetDeps = GetOwnTaskDeps & { present: Presenter }

export const get: FastifyPluginAsyncZod<GetDeps> = async (app, { tasks, present }) => {
  app.get(
    '/api/video/tasks/:videoId',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Look at a task',
          tag: 'tasks',
          security: ['bearer'],
          fails: ['task_not_found'],
        }),
        params: VideoIdParam,
        response: { 200: success(Task) },
      },
    },
    async ({ user, params }) => {
      const task = await getOwnTask({ user: user.sub, videoId: params.videoId }, { tasks })
      return { success: true as const, data: await present.task(task) }
    },
  )
}

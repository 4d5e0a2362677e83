import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { announce } from './announce.ts'
import type { Presenter } from './present.ts'
import { ownTask, VideoIdParam } from './tasks.ts'

export type CancelDeps = {
  tasks: Tasks
  moves: Pick<Moves, 'cancel'>
  publish: ProgressPublisher
  present: Presenter
}

/** `POST /api/video/tasks/:videoId/cancel`: ends the following of a task; nothing is deleted upstream. */
export const cancel: FastifyPluginAsyncZod<CancelDeps> = async (app, deps) => {
  const { tasks, moves, present } = deps
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
      const { videoId } = await ownTask(tasks, request)
      const moved = await moves.cancel(request.user.sub, videoId)
      if (!moved) {
        const { status } = await ownTask(tasks, request)
        throw new ApiError('not_cancellable', { videoId, status })
      }
      await announce(moved, deps.publish, request.log)
      return { success: true as const, data: await present.task(moved) }
    },
  )
}

import { success } from '@reelay/contracts/replies'
import { RetryBody, Task } from '@reelay/contracts/task'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { Queues } from '@reelay/queue/queues'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { announce } from './announce.ts'
import { enqueueInTurn } from './enqueue.ts'
import type { Presenter } from './present.ts'
import { ownTask, VideoIdParam } from './tasks.ts'
import { checkUnfinished } from './unfinished-limit.ts'

export type RetryDeps = {
  tasks: Tasks
  moves: Pick<Moves, 'retry'>
  queues: Queues
  publish: ProgressPublisher
  present: Presenter
  maxUnfinished: number | undefined
}

/**
 * `POST /api/video/tasks/:videoId/retry`: tries an ended task once more. Only moves the row; the worker looks
 * for what was already paid before it pays.
 */
export const retry: FastifyPluginAsyncZod<RetryDeps> = async (app, deps) => {
  const { tasks, moves, present } = deps
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
          fails: ['task_not_found', 'not_retryable', 'too_many_unfinished'],
        }),
        params: VideoIdParam,
        body: RetryBody,
        response: { 200: success(Task) },
      },
    },
    async (request) => {
      const { videoId, status } = await ownTask(tasks, request)
      if (status !== 'FAILED' && status !== 'CANCELLED')
        throw new ApiError('not_retryable', { videoId, status })
      const userId = request.user.sub
      if (deps.maxUnfinished !== undefined) await checkUnfinished(tasks, userId, deps.maxUnfinished)

      const moved = await moves.retry(userId, videoId, request.body?.force ?? false)
      if (!moved) {
        const { status } = await ownTask(tasks, request)
        throw new ApiError('not_retryable', { videoId, status })
      }
      await announce(moved, deps.publish, request.log)
      await enqueueInTurn(moved, deps, request)
      return { success: true as const, data: await present.task(moved) }
    },
  )
}

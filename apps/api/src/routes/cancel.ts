import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { taskUpdate } from '@reelay/contracts/task-update'
import type { TaskRepository } from '@reelay/db/task-repository'
import { toTaskState } from '@reelay/db/task-state'
import type { Transitions } from '@reelay/db/transitions'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../authentication.ts'
import { ApiError } from '../errors.ts'
import type { Presenter } from '../present.ts'
import { ownTask, VideoIdParam } from './tasks.ts'

export type CancelDeps = {
  tasks: TaskRepository
  transitions: Pick<Transitions, 'cancel'>
  publish: ProgressPublisher
  present: Presenter
  overdueMs: number
}

/** `POST /api/video/tasks/:videoId/cancel`: ends the following of a task; nothing is deleted upstream. */
export const cancel: FastifyPluginAsyncZod<CancelDeps> = async (app, deps) => {
  const { tasks, transitions, publish, present, overdueMs } = deps
  app.post(
    '/api/video/tasks/:videoId/cancel',
    { onRequest: authenticate, schema: { params: VideoIdParam, response: { 200: success(Task) } } },
    async (request) => {
      const { videoId } = await ownTask(tasks, request, 'task_not_found')
      const moved = await transitions.cancel(request.user.sub, videoId)
      if (!moved) {
        const { status } = await ownTask(tasks, request, 'task_not_found')
        throw new ApiError('not_cancellable', { videoId, status })
      }
      const { attempt, version } = moved
      request.log.info({ videoId, attempt, version, status: moved.status }, 'task moved')
      await publish(moved.userId, taskUpdate(toTaskState(moved, { now: Date.now(), overdueMs })))
      return { success: true as const, data: present.task(moved) }
    },
  )
}

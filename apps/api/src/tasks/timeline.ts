import { success } from '@reelay/contracts/replies'
import { Timeline } from '@reelay/contracts/timeline'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { VideoIdParam } from './video-id-param.ts'
import { type VisibleTaskDeps, visibleTask } from './visible-task.ts'

export type TimelineDeps = VisibleTaskDeps & { tasks: Pick<Tasks, 'timeline'> }

export const timeline: FastifyPluginAsyncZod<TimelineDeps> = async (app, deps) => {
  app.get(
    '/api/video/tasks/:videoId/timeline',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'What happened to a task',
          tag: 'tasks',
          description:
            'At most its newest 1 000 events. ADMINs read those of everybody’s tasks, and of deleted ones. Of a task that is older than timelines, only the later events are known.',
          security: ['bearer'],
          fails: ['task_not_found'],
        }),
        params: VideoIdParam,
        response: { 200: success(Timeline) },
      },
    },
    async (request) => {
      const { videoId } = await visibleTask(request, deps)
      const { events, truncated } = await deps.tasks.timeline(videoId)
      const told = events.map(({ at, ...event }) => ({ ...event, at: at.toISOString() }))
      return { success: true as const, data: { videoId, events: told, truncated } }
    },
  )
}

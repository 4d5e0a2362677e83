import { Explanation } from '@reelay/contracts/explain'
import { success } from '@reelay/contracts/replies'
import type { TaskRow } from '@reelay/db/schema'
import { type ExplainTaskDeps, explainTask } from '@reelay/relay/explain/explain-task'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { preferredLanguage } from '../http/language.ts'
import { about } from '../openapi/about.ts'
import { explanationText } from './explanation/text.ts'
import { VideoIdParam } from './video-id-param.ts'
import { type VisibleTaskDeps, visibleTask } from './visible-task.ts'

export type ExplainDeps = ExplainTaskDeps & VisibleTaskDeps

export const explaining: FastifyPluginAsyncZod<ExplainDeps> = async (app, deps) => {
  app.get(
    '/api/video/tasks/:videoId/explain',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Why a video is not there',
          tag: 'tasks',
          description:
            'What a task waits for now, what is done next and when, and what was paid for it. ADMINs ask about everybody’s tasks, and deleted ones.',
          security: ['bearer'],
          fails: ['task_not_found'],
        }),
        params: VideoIdParam,
        response: { 200: success(Explanation) },
      },
    },
    async (request) => {
      const task = await visibleTask(request, deps)
      return { success: true as const, data: await explanationOf(task, request, deps) }
    },
  )
}

export async function explanationOf(
  task: TaskRow,
  { headers }: Pick<FastifyRequest, 'headers'>,
  deps: ExplainTaskDeps,
): Promise<Explanation> {
  const { now, ...told } = await explainTask(task, deps)
  const language = preferredLanguage(headers['accept-language'])
  return { ...told, text: explanationText(told, { now, language }) }
}

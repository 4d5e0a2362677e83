import { ids } from '@reelay/contracts/examples'
import { submitted, success, TaskPage } from '@reelay/contracts/replies'
import { CreateBody, ListQuery, Task, VideoId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError, invalid } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { ofSubmissions } from '../openapi/submission.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Presenter } from './present.ts'
import { type SubmissionDeps, submitTask } from './submission.ts'

export type TasksDeps = SubmissionDeps & {
  present: Presenter
  /** Throws for everybody else. */
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

export const VideoIdParam = z.object({
  videoId: z.string().meta({ description: 'A task of the caller’s', examples: [ids.source] }),
})

const message = { en: 'Task submitted', zh: '任务已提交' }
const DEEPEST_ROW = 10_000
const tooDeep = {
  en: `page × pageSize must be at most ${DEEPEST_ROW}; go further by cursor`,
  zh: `page × pageSize 不能大于 ${DEEPEST_ROW}，更多内容请使用 cursor`,
}

/** First videos, and one's own tasks. */
export const tasks: FastifyPluginAsyncZod<TasksDeps> = async (app, deps) => {
  const { present } = deps
  app.addHook('onRequest', authenticate)

  app.post(
    '/api/video/tasks',
    {
      schema: {
        ...about({ ...ofSubmissions, summary: 'Make a first video' }),
        body: CreateBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { metadata, ...wanted } = request.body
      return submitTask(request, reply, { ...given(wanted), metadata: metadata ?? {} }, message, deps)
    },
  )

  app.get(
    '/api/video/tasks',
    {
      schema: {
        ...about({
          summary: 'List one’s own tasks',
          tag: 'tasks',
          description: 'Any page within the first 10 000 tasks, or one after the other by cursor.',
          security: ['bearer'],
          fails: ['forbidden'],
        }),
        querystring: ListQuery,
        response: { 200: success(TaskPage) },
      },
    },
    async (request) => {
      const { query, user } = request
      if (query.all === 'true') await deps.requireAdmin(request)
      if (query.cursor === undefined && query.page * query.pageSize > DEEPEST_ROW) {
        throw invalid('page', tooDeep)
      }
      const scope = { ...query, userId: query.all === 'true' ? undefined : user.sub }
      const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, scope)
      const page = await deps.tasks.list(scope.userId, query, after)
      return {
        success: true as const,
        data: {
          tasks: await present.tasks(page.tasks),
          total: page.total,
          page: query.page,
          pageSize: query.pageSize,
          nextCursor: page.next ? encodeCursor(page.next, scope) : null,
        },
      }
    },
  )

  app.get(
    '/api/video/tasks/:videoId',
    {
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
    async (request) => ({
      success: true as const,
      data: await present.task(await ownTask(deps.tasks, request)),
    }),
  )
}

/** The named task if it is the caller's; another's, a made-up and an impossible name are all the same 404. */
export async function ownTask(tasks: Tasks, request: FastifyRequest): Promise<TaskRow> {
  const videoId = videoIdOf(request)
  const task = videoId && (await tasks.findOwn(request.user.sub, videoId))
  if (!task) throw new ApiError('task_not_found')
  return task
}

/** The name in a request's path, if it can be one. */
export function videoIdOf({ params }: FastifyRequest): VideoId | undefined {
  return VideoId.safeParse((params as { videoId: string }).videoId).data
}

/** Without what was left out, or said to be nothing. */
function given<T extends Record<string, unknown>>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner != null)) as never
}

import { success, TaskPage } from '@reelay/contracts/replies'
import { ListQuery } from '@reelay/contracts/task-requests'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { invalid } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Presenter } from './present.ts'

export type ListDeps = {
  tasks: Pick<Tasks, 'list'>
  present: Presenter
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

const DEEPEST_ROW = 10_000
const tooDeep = {
  en: `page × pageSize must be at most ${DEEPEST_ROW}; go further by cursor`,
  zh: `page × pageSize 不能大于 ${DEEPEST_ROW}，更多内容请使用 cursor`,
}

export const list: FastifyPluginAsyncZod<ListDeps> = async (app, { tasks, present, requireAdmin }) => {
  app.get(
    '/api/video/tasks',
    {
      onRequest: authenticate,
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
      if (query.all === 'true') await requireAdmin(request)
      if (query.cursor === undefined && query.page * query.pageSize > DEEPEST_ROW) {
        throw invalid('page', tooDeep)
      }
      const scope = { ...query, userId: query.all === 'true' ? undefined : user.sub }
      const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, scope)
      const page = await tasks.list(scope.userId, query, after)
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
}

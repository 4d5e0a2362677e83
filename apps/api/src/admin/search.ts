import { FoundTasks, SearchQuery } from '@reelay/contracts/operations'
import { success } from '@reelay/contracts/replies'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { laneLinkOf } from './lane-link.ts'

export type SearchDeps = {
  tasks: Pick<Tasks, 'searchById'>
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

const MOST = 20

/** Tasks by any id, whosever they are. Their words are their owners'. */
export const search: FastifyPluginAsyncZod<SearchDeps> = async (app, { tasks, requireAdmin }) => {
  app.get(
    '/api/admin/tasks/search',
    {
      onRequest: [authenticate, requireAdmin],
      config: { refusesKeys: true },
      schema: {
        ...about({
          summary: 'Find tasks by any id',
          tag: 'admin',
          description: `For ADMINs. Deleted ones, too; the newest first, at most ${MOST}.`,
          security: ['account'],
          fails: ['forbidden'],
        }),
        querystring: SearchQuery,
        response: { 200: success(FoundTasks) },
      },
    },
    async ({ query }) => {
      const rows = await tasks.searchById(query.id, MOST + 1)
      const found = rows.slice(0, MOST).map(({ deletedAt, createdAt, acceptedAt, ...task }) => ({
        ...task,
        createdAt: createdAt.toISOString(),
        deleted: deletedAt !== null,
        lane: laneLinkOf({ ...task, acceptedAt }),
      }))
      return { success: true as const, data: { tasks: found, truncated: rows.length > MOST } }
    },
  )
}

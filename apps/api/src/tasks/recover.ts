import { Recovered, success } from '@reelay/contracts/replies'
import { RecoverBody } from '@reelay/contracts/task-requests'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import type { Presenter } from './present.ts'

export type RecoverDeps = { tasks: Pick<Tasks, 'findByRequestIds'>; present: Presenter }

export const recover: FastifyPluginAsyncZod<RecoverDeps> = async (app, { tasks, present }) => {
  app.post(
    '/api/video/tasks/recover',
    {
      onRequest: authenticate,
      config: { keyScope: 'videos:read' },
      schema: {
        ...about({
          summary: 'Ask what became of requests whose answers were lost',
          tag: 'tasks',
          security: ['bearer'],
        }),
        body: RecoverBody,
        response: { 200: success(Recovered) },
      },
    },
    async (request) => {
      const wanted = [...new Set(request.body.clientRequestIds)]
      const found = await tasks.findByRequestIds(request.user.sub, wanted)
      return {
        success: true as const,
        data: { tasks: await present.tasks(found), matched: found.length, requested: wanted.length },
      }
    },
  )
}

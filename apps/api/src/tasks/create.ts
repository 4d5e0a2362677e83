import { submitted } from '@reelay/contracts/replies'
import { CreateBody } from '@reelay/contracts/task'
import { type FirstVideoDeps, firstVideoOf } from '@reelay/relay/first-video'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { ofSubmissions } from '../openapi/submission.ts'
import { type SubmissionDeps, submit } from './submission.ts'

const message = { en: 'Task submitted', zh: '任务已提交' }

export type CreateDeps = SubmissionDeps & FirstVideoDeps

export const create: FastifyPluginAsyncZod<CreateDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          ...ofSubmissions,
          summary: 'Make a first video',
          fails: [...ofSubmissions.fails, 'upstream_not_found', 'not_supported_upstream'],
        }),
        body: CreateBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { clientRequestId, metadata, ...rest } = request.body
      const wanted = firstVideoOf({ ...given(rest), metadata: metadata ?? {} }, deps)
      return submit(request, reply, { clientRequestId, wanted, message }, deps)
    },
  )
}

function given<T extends Record<string, unknown>>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner != null)) as never
}

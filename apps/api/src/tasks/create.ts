import { submitted } from '@reelay/contracts/replies'
import { CreateBody } from '@reelay/contracts/task-requests'
import { type FirstVideoDeps, firstVideoOf } from '@reelay/relay/first-video'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { about } from '../openapi/about.ts'
import { createForm, ofSubmissions } from '../openapi/submission.ts'
import type { FetchPicture } from '../pictures/fetch-picture.ts'
import { takePicture } from '../pictures/take-picture.ts'
import { withPicture } from '../pictures/with-picture.ts'
import { given } from './given.ts'
import { type SubmissionDeps, submit } from './submission.ts'

const message = { en: 'Task submitted', zh: '任务已提交' }

export type CreateDeps = SubmissionDeps & FirstVideoDeps & { fetchPicture: FetchPicture }

export const create: FastifyPluginAsyncZod<CreateDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks',
    {
      ...withPicture,
      schema: {
        ...about({
          ...ofSubmissions,
          summary: 'Make a first video',
          fails: [...ofSubmissions.fails, 'upstream_not_found', 'not_supported_upstream'],
          forms: { 'multipart/form-data': createForm },
        }),
        body: CreateBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { clientRequestId, metadata, input_reference: reference, ...rest } = request.body
      await using taken = await takePicture(request, reply, reference, deps.fetchPicture)
      const asked = { ...given(rest), metadata: metadata ?? {}, picture: taken?.picture }
      const wanted = firstVideoOf(asked, deps)
      // Awaited: what was taken goes at the end of this block.
      return await submit(request, reply, { clientRequestId, wanted, picture: taken, message }, deps)
    },
  )
}

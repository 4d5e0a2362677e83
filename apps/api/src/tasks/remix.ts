import { submitted } from '@reelay/contracts/replies'
import { RemixBody } from '@reelay/contracts/task'
import { type RemixOfDeps, remixOf } from '@reelay/relay/remix-of'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { checkFormLength, installForms, readForm } from '../http/form-body.ts'
import { about } from '../openapi/about.ts'
import { ofSubmissions, remixForm } from '../openapi/submission.ts'
import { type SubmissionDeps, submit } from './submission.ts'
import { VideoIdParam } from './video-id-param.ts'

export type RemixDeps = SubmissionDeps & RemixOfDeps

const message = { en: 'Remix task submitted', zh: 'Remix 任务已提交' }

export const remix: FastifyPluginAsyncZod<RemixDeps> = async (app, deps) => {
  await installForms(app)

  app.post(
    '/api/video/tasks/:videoId/remix',
    {
      onRequest: [authenticate, checkFormLength],
      preValidation: readForm,
      schema: {
        ...about({
          ...ofSubmissions,
          summary: 'Remix a finished video',
          fails: [
            ...ofSubmissions.fails,
            'source_not_found',
            'source_not_completed',
            'source_not_remixable',
            'source_upstream_gone',
            'not_supported_upstream',
          ],
          forms: { 'multipart/form-data': remixForm },
        }),
        params: VideoIdParam,
        body: RemixBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { user, params, body } = request
      const wanted = await remixOf({ user: user.sub, videoId: params.videoId }, body, deps)
      return submit(request, reply, { clientRequestId: body.clientRequestId, wanted, message }, deps)
    },
  )
}

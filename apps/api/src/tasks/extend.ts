import { submitted } from '@reelay/contracts/replies'
import { ExtendBody } from '@reelay/contracts/task-requests'
import { type DerivationOfDeps, derivationOf } from '@reelay/relay/derivation-of'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { readForm } from '../http/form-body.ts'
import { about } from '../openapi/about.ts'
import { extendForm, ofDerivations } from '../openapi/submission.ts'
import { type SubmissionDeps, submit } from './submission.ts'
import { VideoIdParam } from './video-id-param.ts'

export type ExtendDeps = SubmissionDeps & DerivationOfDeps

const message = { en: 'Extension task submitted', zh: '延长任务已提交' }

export const extend: FastifyPluginAsyncZod<ExtendDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks/:videoId/extend',
    {
      onRequest: authenticate,
      preValidation: readForm(),
      schema: {
        ...about({
          ...ofDerivations,
          summary: 'Extend a finished video',
          description: `Makes it longer, where the upstream that made it can: 422 not_supported_upstream elsewhere. ${ofDerivations.description}`,
          forms: { 'multipart/form-data': extendForm },
        }),
        params: VideoIdParam,
        body: ExtendBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { user, params } = request
      const { clientRequestId, ...body } = request.body
      const named = { user: user.sub, videoId: params.videoId }
      const wanted = await derivationOf(named, { ...body, kind: 'extension' }, deps)
      return submit(request, reply, { clientRequestId, wanted, picture: undefined, message }, deps)
    },
  )
}

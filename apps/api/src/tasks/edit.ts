import { submitted } from '@reelay/contracts/replies'
import { EditBody } from '@reelay/contracts/task-requests'
import { type DerivationOfDeps, derivationOf } from '@reelay/relay/derivation-of'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { readForm } from '../http/form-body.ts'
import { about } from '../openapi/about.ts'
import { editForm, ofDerivations } from '../openapi/submission.ts'
import { type SubmissionDeps, submit } from './submission.ts'
import { VideoIdParam } from './video-id-param.ts'

export type EditDeps = SubmissionDeps & DerivationOfDeps

const message = { en: 'Edit task submitted', zh: '编辑任务已提交' }

export const edit: FastifyPluginAsyncZod<EditDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks/:videoId/edit',
    {
      onRequest: authenticate,
      preValidation: readForm(),
      schema: {
        ...about({
          ...ofDerivations,
          summary: 'Edit a finished video',
          description: `Only where the upstream that made it edits videos: 422 not_supported_upstream elsewhere. ${ofDerivations.description}`,
          forms: { 'multipart/form-data': editForm },
        }),
        params: VideoIdParam,
        body: EditBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { user, params } = request
      const { clientRequestId, ...body } = request.body
      const named = { user: user.sub, videoId: params.videoId }
      const wanted = await derivationOf(named, { ...body, kind: 'edit' }, deps)
      return submit(request, reply, { clientRequestId, wanted, picture: undefined, message }, deps)
    },
  )
}

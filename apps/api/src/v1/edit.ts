import { Video, VideoEditBody, VideoExtensionBody } from '@reelay/contracts/videos'
import { type DerivationOfDeps, derivationOf } from '@reelay/relay/derivation-of'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { checkFormLength, readForm } from '../http/form-body.ts'
import { about } from '../openapi/about.ts'
import { ofDerivations } from './about.ts'
import { nestFields } from './nested-fields.ts'
import { type SubmitVideoDeps, submitVideo } from './submit-video.ts'

export type EditVideoDeps = SubmitVideoDeps & DerivationOfDeps

const noFile = { field: 'video', maxBytes: 0 }
const inForms = {
  onRequest: [authenticate, checkFormLength(noFile)],
  preValidation: [readForm(noFile), nestFields],
}

export const editVideo: FastifyPluginAsyncZod<EditVideoDeps> = async (app, deps) => {
  app.post(
    '/v1/videos/edits',
    {
      ...inForms,
      schema: {
        ...about({ ...ofDerivations, summary: 'Edit a finished video' }),
        body: VideoEditBody,
        response: { 200: Video },
      },
    },
    async (request, reply) => {
      const { clientRequestId, video, ...body } = request.body
      const named = { user: request.user.sub, videoId: video.id }
      const wanted = await derivationOf(named, { ...body, kind: 'edit' }, deps)
      return submitVideo(request, reply, { clientRequestId, wanted, picture: undefined }, deps)
    },
  )

  app.post(
    '/v1/videos/extensions',
    {
      ...inForms,
      schema: {
        ...about({ ...ofDerivations, summary: 'Make a finished video longer' }),
        body: VideoExtensionBody,
        response: { 200: Video },
      },
    },
    async (request, reply) => {
      const { clientRequestId, video, ...body } = request.body
      const named = { user: request.user.sub, videoId: video.id }
      const wanted = await derivationOf(named, { ...body, kind: 'extension' }, deps)
      return submitVideo(request, reply, { clientRequestId, wanted, picture: undefined }, deps)
    },
  )
}

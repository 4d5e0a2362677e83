import { submitted } from '@reelay/contracts/replies'
import { RemixBody } from '@reelay/contracts/task-requests'
import { type DerivationOfDeps, derivationOf } from '@reelay/relay/derivation-of'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { about } from '../openapi/about.ts'
import { ofDerivations, remixForm } from '../openapi/submission.ts'
import type { FetchPicture } from '../pictures/fetch-picture.ts'
import { takePicture } from '../pictures/take-picture.ts'
import { withPicture } from '../pictures/with-picture.ts'
import { type SubmissionDeps, submit } from './submission.ts'
import { VideoIdParam } from './video-id-param.ts'

export type RemixDeps = SubmissionDeps & DerivationOfDeps & { fetchPicture: FetchPicture }

const message = { en: 'Remix task submitted', zh: 'Remix 任务已提交' }

export const remix: FastifyPluginAsyncZod<RemixDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks/:videoId/remix',
    {
      ...withPicture,
      schema: {
        ...about({
          ...ofDerivations,
          summary: 'Remix a finished video',
          forms: { 'multipart/form-data': remixForm },
        }),
        params: VideoIdParam,
        body: RemixBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const { user, params } = request
      const { clientRequestId, input_reference: reference, ...body } = request.body
      await using taken = await takePicture(request, reply, reference, deps.fetchPicture)
      const named = { user: user.sub, videoId: params.videoId }
      const wanted = await derivationOf(named, { ...body, kind: 'remix', picture: taken?.picture }, deps)
      // Awaited: what was taken goes at the end of this block.
      return await submit(request, reply, { clientRequestId, wanted, picture: taken, message }, deps)
    },
  )
}

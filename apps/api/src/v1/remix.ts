import { Video, VideoRemixBody } from '@reelay/contracts/videos'
import { type DerivationOfDeps, derivationOf } from '@reelay/relay/derivation-of'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { about } from '../openapi/about.ts'
import type { FetchPicture } from '../pictures/fetch-picture.ts'
import { takePicture } from '../pictures/take-picture.ts'
import { ofDerivations } from './about.ts'
import { remixForm } from './forms.ts'
import { type SubmitVideoDeps, submitVideo } from './submit-video.ts'
import { VideoParam } from './video-param.ts'
import { withNestedPicture } from './with-nested-picture.ts'

export type RemixVideoDeps = SubmitVideoDeps & DerivationOfDeps & { fetchPicture: FetchPicture }

export const remixVideo: FastifyPluginAsyncZod<RemixVideoDeps> = async (app, deps) => {
  app.post(
    '/v1/videos/:id/remix',
    {
      ...withNestedPicture,
      schema: {
        ...about({
          ...ofDerivations,
          summary: 'Remix a finished video',
          forms: remixForm,
        }),
        params: VideoParam,
        body: VideoRemixBody,
        response: { 200: Video },
      },
    },
    async (request, reply) => {
      const { user, params } = request
      const { clientRequestId, input_reference: reference, ...body } = request.body
      await using taken = await takePicture(request, reply, reference?.image_url, deps.fetchPicture)
      const named = { user: user.sub, videoId: params.id }
      const wanted = await derivationOf(named, { ...body, kind: 'remix', picture: taken?.picture }, deps)
      // Awaited: what was taken goes at the end of this block.
      return await submitVideo(request, reply, { clientRequestId, wanted, picture: taken }, deps)
    },
  )
}

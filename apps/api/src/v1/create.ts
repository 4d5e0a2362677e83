import { Video, VideoCreateBody } from '@reelay/contracts/videos'
import { type FirstVideoDeps, firstVideoOf } from '@reelay/relay/first-video'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { about } from '../openapi/about.ts'
import type { FetchPicture } from '../pictures/fetch-picture.ts'
import { takePicture } from '../pictures/take-picture.ts'
import { given } from '../tasks/given.ts'
import { ofSubmissions } from './about.ts'
import { createForm } from './forms.ts'
import { type SubmitVideoDeps, submitVideo } from './submit-video.ts'
import { withNestedPicture } from './with-nested-picture.ts'

export type CreateVideoDeps = SubmitVideoDeps & FirstVideoDeps & { fetchPicture: FetchPicture }

export const createVideo: FastifyPluginAsyncZod<CreateVideoDeps> = async (app, deps) => {
  app.post(
    '/v1/videos',
    {
      ...withNestedPicture,
      schema: {
        ...about({
          ...ofSubmissions,
          summary: 'Make a first video',
          fails: [...ofSubmissions.fails, 'upstream_not_found', 'not_supported_upstream'],
          forms: createForm,
        }),
        body: VideoCreateBody,
        response: { 200: Video },
      },
    },
    async (request, reply) => {
      const { clientRequestId, metadata, input_reference: reference, ...rest } = request.body
      await using taken = await takePicture(request, reply, reference?.image_url, deps.fetchPicture)
      const asked = { ...given(rest), metadata: metadata ?? {}, picture: taken?.picture }
      const wanted = firstVideoOf(asked, deps)
      // Awaited: what was taken goes at the end of this block.
      return await submitVideo(request, reply, { clientRequestId, wanted, picture: taken }, deps)
    },
  )
}

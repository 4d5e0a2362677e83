import { submitted } from '@reelay/contracts/replies'
import { RemixBody } from '@reelay/contracts/task'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { checkFormLength, installForms, readForm } from '../http/form-body.ts'
import { about } from '../openapi/about.ts'
import { ofSubmissions, remixForm } from '../openapi/submission.ts'
import { type SubmissionDeps, submitTask } from './submission.ts'
import { VideoIdParam, videoIdOf } from './tasks.ts'

const message = { en: 'Remix task submitted', zh: 'Remix 任务已提交' }

/** `POST /api/video/tasks/:videoId/remix`: a new prompt for a finished video. */
export const remix: FastifyPluginAsyncZod<SubmissionDeps> = async (app, deps) => {
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
          fails: [...ofSubmissions.fails, 'source_not_found', 'source_not_completed', 'source_not_remixable'],
          forms: { 'multipart/form-data': remixForm },
        }),
        params: VideoIdParam,
        body: RemixBody,
        response: submitted,
      },
    },
    async (request, reply) => {
      const videoId = videoIdOf(request)
      const source = videoId && (await deps.tasks.findSource(request.user.sub, videoId))
      if (!source) throw new ApiError('source_not_found')
      if (source.status !== 'COMPLETED') throw new ApiError('source_not_completed')
      if (source.externalTaskId === null) throw new ApiError('source_not_remixable')

      const { prompt, model, metadata, clientRequestId } = request.body
      return submitTask(
        request,
        reply,
        {
          clientRequestId,
          prompt,
          model: model ?? source.model,
          size: source.size,
          seconds: source.seconds,
          metadata: {
            ...metadata,
            type: 'remix',
            remix_from: source.videoId,
            remix_from_external: source.externalTaskId,
          },
        },
        message,
        deps,
      )
    },
  )
}

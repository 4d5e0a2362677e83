import multipart from '@fastify/multipart'
import { submitted } from '@reelay/contracts/replies'
import { RemixBody } from '@reelay/contracts/task'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../authentication.ts'
import { ApiError, invalid } from '../errors.ts'
import { about } from '../openapi/about.ts'
import { ofSubmissions, remixForm } from '../openapi/submission.ts'
import { type SubmissionDeps, submitTask } from '../submission.ts'
import { VideoIdParam, videoIdOf } from './tasks.ts'

const message = { en: 'Remix task submitted', zh: 'Remix 任务已提交' }

/** `POST /api/video/tasks/:videoId/remix`: a new prompt for a finished video. */
export const remix: FastifyPluginAsyncZod<SubmissionDeps> = async (app, deps) => {
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fields: 10, parts: 10, fieldSize: 256 * 1024 },
    onFile: async (part) => {
      part.file.resume()
      throw invalid(part.fieldname, 'must not be a file')
    },
  })

  app.post(
    '/api/video/tasks/:videoId/remix',
    {
      onRequest: [authenticate, checkFormLength],
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

/** Fastify counts the bytes of what it parses itself; a form is a stream to it, so its length is known by its word only. */
async function checkFormLength({ headers, routeOptions }: FastifyRequest): Promise<void> {
  if (!/^\s*multipart\//i.test(headers['content-type'] ?? '')) return
  const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
  if (length > routeOptions.bodyLimit) throw new ApiError('payload_too_large')
}

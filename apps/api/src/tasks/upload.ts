import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { UploadBody } from '@reelay/contracts/task-requests'
import { type UploadClipDeps, uploadClip } from '@reelay/relay/upload-clip'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { checkFormLength, checkIsForm, readForm } from '../http/form-body.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { uploaded, uploadForm } from '../openapi/submission.ts'
import { type Announcing, type FromRequest, forRequest } from './for-request.ts'
import type { Presenter } from './present.ts'
import { idempotencyKey, isResend } from './submission-headers.ts'
import { clipField, takeClip } from './take-clip.ts'

export type UploadDeps = Announcing &
  Omit<UploadClipDeps, FromRequest> & { present: Presenter; links: Links; uploadMaxBytes: number }

export const upload: FastifyPluginAsyncZod<UploadDeps> = async (app, deps) => {
  const { uploadMaxBytes: maxBytes } = deps
  const filePart = { field: clipField, maxBytes, required: true }
  app.post(
    '/api/video/tasks/upload',
    {
      onRequest: [authenticate, checkIsForm, checkFormLength(filePart)],
      preValidation: readForm(filePart),
      config: { fileField: clipField },
      schema: {
        ...about({
          summary: 'Bring a clip to make remixes from',
          tag: 'tasks',
          description:
            'A finished task at once, kept in our own store alone: no upstream is asked, and nothing is paid. Its remixes are made by upstreams that take a clip itself.',
          security: ['bearer'],
          takes: ['Idempotency-Key', 'X-Stainless-Retry-Count'],
          fails: ['idempotency_key_reused', 'task_deleted', 'request_timeout', 'store_unavailable'],
          formsOnly: true,
          forms: { 'multipart/form-data': uploadForm },
          returns: uploaded,
        }),
        body: UploadBody,
        response: { 200: success(Task), 201: success(Task) },
      },
    },
    async (request, reply) => {
      const { clientRequestId, prompt, metadata } = request.body
      await using clip = await takeClip(request, reply)
      const { task, created } = await uploadClip(
        {
          user: request.user.sub,
          key: idempotencyKey(request, clientRequestId),
          resend: isResend(request),
          prompt: prompt ?? '',
          metadata,
          clip,
        },
        forRequest(deps, request),
      )
      reply.code(created ? 201 : 200).header('location', deps.links.task(task.videoId).self)
      return { success: true as const, data: await deps.present.moved(task) }
    },
  )
}

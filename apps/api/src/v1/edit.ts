import { problems } from '@reelay/contracts/problems'
import { Video, VideoEditBody, VideoExtensionBody } from '@reelay/contracts/videos'
import type { InsertedTask } from '@reelay/db/moves/inserts'
import { derivationOf, type NewDerivation } from '@reelay/relay/derivation-of'
import { type DeriveFromClipDeps, deriveFromClip } from '@reelay/relay/derive-from-clip'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { invalid } from '../http/errors.ts'
import { checkFormLength, readForm } from '../http/form-body.ts'
import { about } from '../openapi/about.ts'
import { accept, askedBy, unlessRefused } from '../tasks/accept.ts'
import { type Announcing, type FromRequest, forRequest } from '../tasks/for-request.ts'
import { clipField, takeClip } from '../tasks/take-clip.ts'
import { ofDerivations } from './about.ts'
import { editForm, extensionForm } from './forms.ts'
import { nestFields } from './nested-fields.ts'
import { videoOf } from './video.ts'
import { sayWhenToLook } from './when-to-look.ts'

export type EditVideoDeps = Omit<DeriveFromClipDeps, FromRequest> &
  Announcing & { uploadMaxBytes: number; pollIntervalMs: number }

type Wish = Pick<VideoEditBody, 'clientRequestId' | 'video'> & { derivation: NewDerivation }

export const editVideo: FastifyPluginAsyncZod<EditVideoDeps> = async (app, deps) => {
  const filePart = { field: clipField, maxBytes: deps.uploadMaxBytes }
  const withClip = {
    onRequest: [authenticate, checkFormLength(filePart)],
    preValidation: [readForm(filePart), nestFields],
    config: { fileField: clipField },
  }

  app.post(
    '/v1/videos/edits',
    {
      ...withClip,
      schema: {
        ...about({ ...ofDerivations, summary: 'Edit a finished video', forms: editForm }),
        body: VideoEditBody,
        response: { 200: Video },
      },
    },
    async (request, reply) => {
      const { clientRequestId, video, ...asked } = request.body
      return derive(request, reply, { clientRequestId, video, derivation: { ...asked, kind: 'edit' } })
    },
  )

  app.post(
    '/v1/videos/extensions',
    {
      ...withClip,
      schema: {
        ...about({ ...ofDerivations, summary: 'Make a finished video longer', forms: extensionForm }),
        body: VideoExtensionBody,
        response: { 200: Video },
      },
    },
    async (request, reply) => {
      const { clientRequestId, video, ...asked } = request.body
      return derive(request, reply, { clientRequestId, video, derivation: { ...asked, kind: 'extension' } })
    },
  )

  async function derive(request: FastifyRequest, reply: FastifyReply, wish: Wish): Promise<Video> {
    const video = videoOf(await (request.spooled ? fromClip : fromVideo)(request, reply, wish))
    sayWhenToLook(reply, video, deps)
    return video
  }

  async function fromVideo(
    request: FastifyRequest,
    _: FastifyReply,
    { clientRequestId, video, derivation }: Wish,
  ): Promise<InsertedTask> {
    if (!video) throw invalid(clipField, problems.required)
    const wanted = await derivationOf({ user: request.user.sub, videoId: video.id }, derivation, deps)
    return accept(request, { clientRequestId, wanted, picture: undefined }, deps)
  }

  async function fromClip(
    request: FastifyRequest,
    reply: FastifyReply,
    { clientRequestId, video, derivation }: Wish,
  ): Promise<InsertedTask> {
    if (video) throw invalid(clipField, problems.givenTwice)
    await using clip = await takeClip(request, reply)
    const asked = { ...askedBy(request, clientRequestId), derivation, clip }
    const { task } = await deriveFromClip(asked, forRequest(deps, request))
    return unlessRefused(task)
  }
}

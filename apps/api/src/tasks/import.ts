import { problems } from '@reelay/contracts/problems'
import { success } from '@reelay/contracts/replies'
import { Task } from '@reelay/contracts/task'
import { ImportBody } from '@reelay/contracts/task-requests'
import type { UserRepository } from '@reelay/db/user-repository'
import { type ImportVideoDeps, importVideo } from '@reelay/relay/import-video'
import { credentialNamed } from '@reelay/upstream/routes'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError, invalid } from '../http/errors.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { type Announcing, type FromRequest, forRequest } from './for-request.ts'
import type { Presenter } from './present.ts'

export type ImportDeps = Announcing &
  Omit<ImportVideoDeps, FromRequest> & {
    users: Pick<UserRepository, 'findByName'>
    upstreams: Pick<Upstreams, 'registry'>
    present: Presenter
    links: Links
    requireAdmin: (request: FastifyRequest) => Promise<void>
  }

const noUser = { en: 'must be the name of a user', zh: '必须是已有用户的用户名' }

export const importing: FastifyPluginAsyncZod<ImportDeps> = async (app, deps) => {
  app.post(
    '/api/video/tasks/import',
    {
      onRequest: [authenticate, deps.requireAdmin],
      schema: {
        ...about({
          summary: 'Adopt an upstream video as somebody’s source',
          tag: 'tasks',
          description: 'For ADMINs. A poll finds out the rest; an imported video is never paid for.',
          security: ['bearer'],
          fails: ['forbidden', 'already_known', 'upstream_not_found'],
          returns: { 202: { headers: ['Location'] } },
        }),
        body: ImportBody,
        response: { 202: success(Task) },
      },
    },
    async (request, reply) => {
      const { externalTaskId, username, ...owner } = request.body
      const { registry } = deps.upstreams
      if (owner.upstream && !registry.upstream(owner.upstream)) throw new ApiError('upstream_not_found')
      const credential = credentialNamed(registry, owner)
      if (!credential) throw invalid('credential', problems.oneOf(registry.credentials.map(({ id }) => id)))
      const user = username == null ? request.user.sub : (await deps.users.findByName(username))?.id
      if (user === undefined) throw invalid('username', noUser)
      const imported = await importVideo(
        { user, externalTaskId, credential: credential.id },
        forRequest(deps, request),
      )
      reply.code(202).header('location', deps.links.task(imported.videoId).self)
      return { success: true as const, data: await deps.present.task(imported) }
    },
  )
}

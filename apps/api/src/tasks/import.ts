import { success } from '@reelay/contracts/replies'
import { ImportBody, Task } from '@reelay/contracts/task'
import type { Moves } from '@reelay/db/moves'
import type { UserRepository } from '@reelay/db/user-repository'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { Queues } from '@reelay/queue/queues'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError, invalid } from '../http/errors.ts'
import type { Links } from '../http/links.ts'
import { about } from '../openapi/about.ts'
import { announce } from './announce.ts'
import { newVideoId } from './new-video-id.ts'
import type { Presenter } from './present.ts'

export type ImportDeps = {
  users: UserRepository
  moves: Pick<Moves, 'importVideo'>
  queues: Queues
  publish: ProgressPublisher
  present: Presenter
  links: Links
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

const noUser = { en: 'must be the name of a user', zh: '必须是已有用户的用户名' }

/** `POST /api/video/tasks/import`: an ADMIN adopts an upstream video as somebody's source; a poll finds out the rest. */
export const importing: FastifyPluginAsyncZod<ImportDeps> = async (app, deps) => {
  const { users, moves, queues } = deps
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
          fails: ['forbidden', 'already_known'],
          answers: { 202: { headers: ['Location'] } },
        }),
        body: ImportBody,
        response: { 202: success(Task) },
      },
    },
    async (request, reply) => {
      const { externalTaskId, username } = request.body
      const userId = username == null ? request.user.sub : (await users.findByName(username))?.id
      if (userId === undefined) throw invalid('username', noUser)

      const imported = await moves.importVideo({ videoId: newVideoId(), userId, externalTaskId })
      if (typeof imported === 'string') throw new ApiError('already_known', { videoId: imported })
      await announce(imported, deps.publish, request.log)
      await queues.enqueuePoll(imported).catch((error: Error) => {
        request.log.warn(
          { videoId: imported.videoId, reason: error.name },
          'poll not enqueued; the sweep will',
        )
      })
      reply.code(202).header('location', deps.links.task(imported.videoId).self)
      return { success: true as const, data: await deps.present.task(imported) }
    },
  )
}

import cookie from '@fastify/cookie'
import type { Tasks } from '@reelay/db/tasks'
import type { UserRepository } from '@reelay/db/user-repository'
import type { Queues } from '@reelay/queue/queues'
import type { ExplainTaskDeps } from '@reelay/relay/explain/explain-task'
import type { FastifyError, FastifyPluginAsync } from 'fastify'
import type { CredentialsCheck } from '../accounts/credentials-check.ts'
import { sendError } from '../http/error-handler.ts'
import { ApiError } from '../http/errors.ts'
import { board } from './board.ts'
import { operatorLane } from './lane.ts'
import { createOperatorCheck } from './operator.ts'
import { createSameOriginCheck } from './same-origin.ts'
import { signInRoutes } from './sign-in.ts'
import { operatorTask } from './task.ts'
import { signInAddress } from './wanted-page.ts'

export type AdminDeps = ExplainTaskDeps & {
  users: UserRepository
  tasks: Tasks
  queues: Queues
  checkCredentials: CredentialsCheck
  isRedisConnected: () => boolean
  publicUrl: string | undefined
  readOnly: boolean
  secure: boolean
}

/** All under `/admin`: the sign-in page for everybody, the rest for ADMINs only. */
export const admin: FastifyPluginAsync<AdminDeps> = async (app, deps) => {
  const checkOrigin = createSameOriginCheck(deps)
  const checkOperator = createOperatorCheck(deps)
  await app.register(cookie)
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // With no-referrer a browser names no origin when it sends our own form.
      'referrer-policy': 'same-origin',
    })
  })
  await app.register(async (open) => {
    open.addHook('onRequest', checkOrigin)
    await open.register(signInRoutes, deps)
  })

  await app.register(async (guarded) => {
    // Answered here and not thrown: the board has an error handler of its own.
    guarded.addHook('onRequest', async (request, reply) => {
      try {
        await checkOperator(request)
        await checkOrigin(request)
      } catch (error) {
        const isPage = request.method === 'GET' && String(request.headers.accept).includes('text/html')
        const isStranger = error instanceof ApiError && error.code === 'unauthorized'
        return isPage && isStranger
          ? reply.redirect(signInAddress(request.url), 302)
          : sendError(error as FastifyError, request, reply)
      }
    })
    guarded.get('/admin', async (_, reply) => reply.redirect('/admin/queues', 302))
    await guarded.register(operatorTask, deps)
    await guarded.register(operatorLane, deps)
    await guarded.register(board, deps)
  })
}

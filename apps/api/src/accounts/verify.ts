import { Verified, VerifyBody } from '@reelay/contracts/auth'
import { success } from '@reelay/contracts/replies'
import type { UserRepository } from '@reelay/db/user-repository'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { verifyToken } from './authentication.ts'

export type VerifyDeps = { users: UserRepository }

export const verify: FastifyPluginAsyncZod<VerifyDeps> = async (app, { users }) => {
  app.post(
    '/api/auth/verify',
    {
      schema: {
        ...about({ summary: 'Ask whose token it is', tag: 'accounts', fails: ['unauthorized'] }),
        body: VerifyBody,
        response: { 200: success(Verified) },
      },
    },
    async (request) => {
      const { sub, exp } = verifyToken(request, request.body.token)
      const user = await users.find(sub)
      if (!user) throw new ApiError('unauthorized')
      const { id: userId, username, role } = user
      return { success: true as const, data: { userId, username, role, expiresAt: exp * 1000 } }
    },
  )
}

import { LoggedIn, LoginBody, RegisterBody, Registered, Verified, VerifyBody } from '@reelay/contracts/auth'
import { success } from '@reelay/contracts/replies'
import type { UserRepository } from '@reelay/db/user-repository'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate, verifyToken } from '../authentication.ts'
import { ApiError } from '../errors.ts'
import { hashPassword, verifyPassword } from '../passwords.ts'

export type AuthDeps = { users: UserRepository; registration: 'open' | 'closed' }

/** Accounts and tokens. */
export const auth: FastifyPluginAsyncZod<AuthDeps> = async (app, { users, registration }) => {
  app.post(
    '/api/auth/register',
    { schema: { body: RegisterBody, response: { 201: success(Registered) } } },
    async (request, reply) => {
      if (registration === 'closed') throw new ApiError('registration_closed')
      const { username, email, password } = request.body
      const user = await users.insert({ username, email, passwordHash: await hashPassword(password) })
      if (user === 'username' || user === 'email') throw new ApiError(`${user}_taken`)
      reply.code(201)
      return { success: true as const, data: { id: user.id, username: user.username, email: user.email } }
    },
  )

  app.post(
    '/api/auth/login',
    { schema: { body: LoginBody, response: { 200: success(LoggedIn) } } },
    async (request) => {
      const { username, password } = request.body
      const user = await users.findByName(username)
      const matches = await verifyPassword(password, user?.passwordHash)
      if (!user || !matches) throw new ApiError('invalid_credentials')

      const token = app.jwt.sign({ sub: user.id, username: user.username, role: user.role })
      const { exp } = verifyToken(request, token)
      const { id, email, role } = user
      return {
        success: true as const,
        data: { token, user: { id, username: user.username, email, role }, expiresAt: exp * 1000 },
      }
    },
  )

  app.post(
    '/api/auth/verify',
    { schema: { body: VerifyBody, response: { 200: success(Verified) } } },
    async (request) => {
      const { sub: userId, username, role, exp } = verifyToken(request, request.body.token)
      return { success: true as const, data: { userId, username, role, expiresAt: exp * 1000 } }
    },
  )

  app.post(
    '/api/auth/logout',
    { onRequest: authenticate, schema: { response: { 200: success(z.object({})) } } },
    async () => ({ success: true as const, data: {} }),
  )
}

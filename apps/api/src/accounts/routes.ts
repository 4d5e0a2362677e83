import { LoggedIn, LoginBody, RegisterBody, Registered, Verified, VerifyBody } from '@reelay/contracts/auth'
import { success } from '@reelay/contracts/replies'
import type { UserRepository } from '@reelay/db/user-repository'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import type { Limits } from '../http/limits.ts'
import { about } from '../openapi/about.ts'
import { authenticate, verifyToken } from './authentication.ts'
import type { CredentialsCheck } from './credentials-check.ts'
import type { Passwords } from './passwords.ts'

export type AuthDeps = {
  users: UserRepository
  passwords: Passwords
  checkCredentials: CredentialsCheck
  limits: Limits
  registration: 'open' | 'closed'
}

/** Accounts and tokens. */
export const auth: FastifyPluginAsyncZod<AuthDeps> = async (app, deps) => {
  const { users, passwords, checkCredentials, limits, registration } = deps
  app.post(
    '/api/auth/register',
    {
      schema: {
        ...about({
          summary: 'Make an account',
          tag: 'accounts',
          fails: ['registration_closed', 'username_taken', 'email_taken'],
        }),
        body: RegisterBody,
        response: { 201: success(Registered) },
      },
    },
    async (request, reply) => {
      if (registration === 'closed') throw new ApiError('registration_closed')
      await limits.register(request, reply)
      const { username, email, password } = request.body
      const user = await users.insert({ username, email, passwordHash: await passwords.hash(password) })
      if (user === 'username' || user === 'email') throw new ApiError(`${user}_taken`)
      reply.code(201)
      return { success: true as const, data: { id: user.id, username: user.username, email: user.email } }
    },
  )

  app.post(
    '/api/auth/login',
    {
      schema: {
        ...about({ summary: 'Get a token', tag: 'accounts', fails: ['invalid_credentials'] }),
        body: LoginBody,
        response: { 200: success(LoggedIn) },
      },
    },
    async (request, reply) => {
      const user = await checkCredentials(request, reply)
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

  app.post(
    '/api/auth/logout',
    {
      onRequest: authenticate,
      schema: {
        ...about({
          summary: 'Log out',
          tag: 'accounts',
          description:
            'Tokens are not stored, so this one stays good until it expires: the client forgets it.',
          security: ['bearer'],
        }),
        response: { 200: success(z.object({}), {}) },
      },
    },
    async () => ({ success: true as const, data: {} }),
  )
}

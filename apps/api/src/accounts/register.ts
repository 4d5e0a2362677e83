import { RegisterBody, Registered } from '@reelay/contracts/auth'
import { success } from '@reelay/contracts/replies'
import type { UserRepository } from '@reelay/db/user-repository'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ApiError } from '../http/errors.ts'
import type { Limits } from '../http/limits.ts'
import { about } from '../openapi/about.ts'
import type { Passwords } from './passwords.ts'

export type RegisterDeps = {
  users: UserRepository
  passwords: Passwords
  limits: Limits
  registration: 'open' | 'closed'
}

export const register: FastifyPluginAsyncZod<RegisterDeps> = async (
  app,
  { users, passwords, limits, registration },
) => {
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
}

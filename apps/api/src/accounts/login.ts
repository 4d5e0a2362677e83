import { LoggedIn, LoginBody } from '@reelay/contracts/auth'
import { success } from '@reelay/contracts/replies'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { about } from '../openapi/about.ts'
import { verifyToken } from './authentication.ts'
import type { CredentialsCheck } from './credentials-check.ts'

export type LoginDeps = { checkCredentials: CredentialsCheck }

export const login: FastifyPluginAsyncZod<LoginDeps> = async (app, { checkCredentials }) => {
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
}

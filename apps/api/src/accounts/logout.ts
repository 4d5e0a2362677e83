import { success } from '@reelay/contracts/replies'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { about } from '../openapi/about.ts'
import { authenticate } from './authentication.ts'

export const logout: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/api/auth/logout',
    {
      onRequest: authenticate,
      config: { refusesKeys: true },
      schema: {
        ...about({
          summary: 'Log out',
          tag: 'accounts',
          description:
            'Tokens are not stored, so this one stays good until it expires: the client forgets it.',
          security: ['account'],
        }),
        response: { 200: success(z.object({}), {}) },
      },
    },
    async () => ({ success: true as const, data: {} }),
  )
}

import { FeedTicket, success } from '@reelay/contracts/replies'
import type { Tickets } from '@reelay/queue/tickets'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'

export const feedTickets: FastifyPluginAsyncZod<{ tickets: Tickets }> = async (app, { tickets }) => {
  app.post(
    '/api/sse/tickets',
    {
      onRequest: authenticate,
      config: { keyScope: 'videos:read' },
      schema: {
        ...about({
          summary: 'Get a ticket for one feed',
          tag: 'feed',
          description: 'For pages that keep their token out of addresses. Good once, within 60 s.',
          security: ['bearer'],
        }),
        response: { 200: success(FeedTicket) },
      },
    },
    async (request) => {
      const { sub: userId, exp } = request.user
      const holder = { userId, tokenExpiresAt: exp * 1000, keyId: request.keyHolder?.id }
      const data = await tickets.issue(holder).catch((error: Error) => {
        request.log.warn({ reason: error.message }, 'no ticket issued')
        throw new ApiError('unavailable')
      })
      return { success: true as const, data }
    },
  )
}

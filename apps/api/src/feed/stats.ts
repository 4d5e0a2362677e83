import { FeedStats, success } from '@reelay/contracts/replies'
import type { Tasks } from '@reelay/db/tasks'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import type { Feed } from './feed.ts'

export type FeedStatsDeps = { feed: Feed; tasks: Tasks }

export const feedStats: FastifyPluginAsyncZod<FeedStatsDeps> = async (app, { feed, tasks }) => {
  app.get(
    '/api/sse/stats',
    {
      onRequest: authenticate,
      schema: {
        ...about({ summary: 'Count one’s feeds and unfinished tasks', tag: 'feed', security: ['bearer'] }),
        response: { 200: success(FeedStats) },
      },
    },
    async ({ user }) => ({
      success: true as const,
      data: {
        connections: feed.connections.of(user.sub),
        tasksInFlight: await tasks.countUnfinished(user.sub),
      },
    }),
  )
}

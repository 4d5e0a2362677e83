import type { FastifyPluginAsync } from 'fastify'
import { type FeedStatsDeps, feedStats } from './stats.ts'
import { type TaskUpdatesDeps, taskUpdates } from './task-updates.ts'
import { feedTickets } from './tickets.ts'

export const feedRoutes: FastifyPluginAsync<TaskUpdatesDeps & FeedStatsDeps> = async (app, deps) => {
  await app.register(taskUpdates, deps)
  await app.register(feedTickets, deps)
  await app.register(feedStats, deps)
}

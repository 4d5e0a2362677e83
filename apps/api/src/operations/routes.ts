import fp from 'fastify-plugin'
import { type HealthDeps, health } from './health.ts'
import { type MetricsDeps, metricsRoute } from './metrics-route.ts'

/** Not a scope of its own: the answers of all rooms that come later are timed. */
export const operationRoutes = fp(async (app, deps: MetricsDeps & HealthDeps) => {
  await app.register(metricsRoute, deps)
  await app.register(health, deps)
})

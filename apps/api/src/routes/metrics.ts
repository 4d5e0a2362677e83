import { type MetricsGuard, mayReadMetrics } from '@reelay/telemetry/exposition'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../errors.ts'
import type { ApiMetrics } from '../metrics.ts'

export type MetricsDeps = { metrics: ApiMetrics; guard: MetricsGuard }

/** `GET /metrics` for Prometheus, and the timing of every answer. */
export const metricsRoute = fp(async (app: FastifyInstance, { metrics, guard }: MetricsDeps) => {
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    if (String(reply.raw.getHeader('content-type')).startsWith('text/event-stream')) return
    // The pattern and never the address, which may carry a token and has no end of values.
    const route = routeOptions.url ?? 'none'
    metrics.observeAnswer({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })

  app.get('/metrics', { logLevel: 'warn', config: { probe: true } }, async ({ raw }, reply) => {
    if (!mayReadMetrics(raw, guard)) throw new ApiError('unauthorized')
    reply.type(metrics.registry.contentType)
    return metrics.registry.metrics()
  })
})

import { type MetricsGuard, mayReadMetrics } from '@reelay/telemetry/metrics-access'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../http/errors.ts'
import { type About, about } from '../openapi/about.ts'
import type { ApiMetrics } from './metrics.ts'

export type MetricsDeps = { metrics: ApiMetrics; guard: MetricsGuard }

const figures: About = {
  summary: 'Figures for Prometheus',
  tag: 'operations',
  security: ['scraper'],
  fails: ['unauthorized'],
  probe: true,
  answers: {
    200: {
      content: {
        'text/plain': {
          schema: { type: 'string' },
          example: '# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1767225600\n',
        },
      },
    },
  },
}

/** `GET /metrics` for Prometheus, and the timing of every answer. */
export const metricsRoute = fp(async (app: FastifyInstance, { metrics, guard }: MetricsDeps) => {
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    if (String(reply.raw.getHeader('content-type')).startsWith('text/event-stream')) return
    // The pattern and never the address, which may carry a token and has no end of values.
    const route = routeOptions.url ?? 'none'
    metrics.observeAnswer({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })

  app.get(
    '/metrics',
    { logLevel: 'warn', config: { probe: true }, schema: about(figures) },
    async ({ raw }, reply) => {
      if (!mayReadMetrics(raw, guard)) throw new ApiError('unauthorized')
      reply.type(metrics.registry.contentType)
      return metrics.registry.metrics()
    },
  )
})

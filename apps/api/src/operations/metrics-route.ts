import type { Events } from '@reelay/telemetry/events'
import { type MetricsGuard, mayReadMetrics } from '@reelay/telemetry/metrics-access'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Registry } from 'prom-client'
import { ApiError } from '../http/errors.ts'
import { type About, about } from '../openapi/about.ts'

export type MetricsDeps = { registry: Registry; events: Events; guard: MetricsGuard }

const figures: About = {
  summary: 'Figures for Prometheus',
  tag: 'operations',
  security: ['scraper'],
  fails: ['unauthorized'],
  probe: true,
  returns: {
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

export const metricsRoute = fp(async (app: FastifyInstance, { registry, events, guard }: MetricsDeps) => {
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    if (String(reply.raw.getHeader('content-type')).startsWith('text/event-stream')) return
    // The pattern and never the address, which may carry a token and has no end of values.
    const route = routeOptions.url ?? 'none'
    const seconds = reply.elapsedTime / 1000
    events.emit('requestEnded', { method, route, status: reply.statusCode, seconds })
  })

  app.get(
    '/metrics',
    { logLevel: 'warn', config: { probe: true }, schema: about(figures) },
    async ({ raw }, reply) => {
      if (!mayReadMetrics(raw, guard)) throw new ApiError('unauthorized')
      reply.type(registry.contentType)
      return registry.metrics()
    },
  )
})

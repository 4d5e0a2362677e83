import { FastifyOtelInstrumentation } from '@fastify/otel'
import type { FastifyInstance } from 'fastify'

/**
 * Makes a span of each request, but for those of machines that watch this process, and for feeds, which last as long as
 * their listeners stay.
 */
export async function traceRequests(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    if (route.config?.probe || route.url.startsWith('/api/sse/'))
      route.config = { ...route.config, otel: false }
  })
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    recordExceptions: false,
    requestHook: (span, { id }) => void span.setAttribute('reelay.request_id', id),
  })
  await app.register(instrumentation.plugin())
}

import { Alive, Readiness } from '@reelay/contracts/replies'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { about } from '../openapi/about.ts'

export type HealthDeps = {
  pingPostgres: () => Promise<void>
  isRedisConnected: () => boolean
  isStopping: () => boolean
}

/**
 * Liveness never depends on others; readiness does. Without Redis the api still accepts (the row is the
 * promise), so it only says so.
 */
export const health: FastifyPluginAsyncZod<HealthDeps> = async (
  app,
  { pingPostgres, isRedisConnected, isStopping },
) => {
  const probe = { logLevel: 'warn', config: { probe: true } } as const
  app.get(
    '/health',
    {
      ...probe,
      schema: {
        ...about({ summary: 'Whether the process lives', tag: 'operations', probe: true }),
        response: { 200: Alive },
      },
    },
    async () => ({ success: true as const, data: { status: 'alive' as const } }),
  )

  app.get('/health/ready', { ...probe, schema: readiness }, async (_, reply) => {
    const postgres = await pingPostgres().then(
      () => 'ok' as const,
      () => 'unavailable' as const,
    )
    const ready = postgres === 'ok' && !isStopping()
    reply.code(ready ? 200 : 503)
    return {
      success: ready,
      data: {
        postgres,
        redis: isRedisConnected() ? ('ok' as const) : ('unavailable' as const),
        stopping: isStopping(),
      },
    }
  })
}

const readiness = {
  ...about({
    summary: 'Whether the process can serve',
    tag: 'operations',
    probe: true,
    returns: { 503: { description: 'Postgres is away, or the process is stopping' } },
  }),
  response: { 200: Readiness, 503: Readiness },
}

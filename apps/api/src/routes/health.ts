import type { FastifyPluginAsync } from 'fastify'

export type HealthDeps = {
  /** Rejects while Postgres is away. */
  pingPostgres: () => Promise<void>
  isRedisConnected: () => boolean
  isStopping: () => boolean
}

/**
 * Liveness never depends on others; readiness does. Without Redis the api still accepts (the row is the
 * promise), so it only says so.
 */
export const health: FastifyPluginAsync<HealthDeps> = async (
  app,
  { pingPostgres, isRedisConnected, isStopping },
) => {
  const probe = { logLevel: 'warn', config: { probe: true } } as const
  app.get('/health', probe, async () => ({ success: true, data: { status: 'alive' } }))

  app.get('/health/ready', probe, async (_, reply) => {
    const postgres = await pingPostgres().then(
      () => 'ok',
      () => 'unavailable',
    )
    const ready = postgres === 'ok' && !isStopping()
    reply.code(ready ? 200 : 503)
    return {
      success: ready,
      data: { postgres, redis: isRedisConnected() ? 'ok' : 'unavailable', stopping: isStopping() },
    }
  })
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type MetricsGuard, mayReadMetrics } from '@reelay/telemetry/metrics-access'
import type { Registry } from 'prom-client'

export type HealthDeps = {
  notReady: () => Promise<string[]>
  registry: Registry
  guard: MetricsGuard
}

const MOST_CONNECTIONS = 64

/**
 * Liveness at `/health`, which depends on nothing; readiness at `/health/ready`: 503 with the reasons while
 * something is away; `/metrics` for those who may read them.
 */
export async function serveHealth(
  { port, host }: { port: number; host: string },
  { notReady, registry, guard }: HealthDeps,
): Promise<Server> {
  const server = createServer((request, response) => {
    respond(request, response).catch(() => send(response, 500, { success: false }))
  })
  // Descriptors are for Postgres, Redis and upstream.
  server.maxConnections = MOST_CONNECTIONS
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return server

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    switch (request.url?.split('?')[0]) {
      case '/health':
        return send(response, 200, { success: true, waitingFor: [] })
      case '/health/ready': {
        const waitingFor = await notReady()
        return send(response, waitingFor.length > 0 ? 503 : 200, {
          success: waitingFor.length === 0,
          waitingFor,
        })
      }
      case '/metrics': {
        if (!mayReadMetrics(request, guard)) return send(response, 401, { success: false })
        const figures = await registry.metrics()
        return response.setHeader('content-type', registry.contentType).end(figures)
      }
      default:
        return send(response, 404, { success: false })
    }
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

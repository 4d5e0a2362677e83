import { createServer, type Server } from 'node:http'

/** Liveness at `/health`, readiness at `/health/ready`: 503 with the reasons while something is away. */
export async function serveHealth(
  { port, host }: { port: number; host: string },
  notReady: () => Promise<string[]>,
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const reasons = request.url === '/health/ready' ? await notReady() : []
    const found = request.url === '/health' || request.url === '/health/ready'
    response.writeHead(found ? (reasons.length > 0 ? 503 : 200) : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ success: found && reasons.length === 0, waitingFor: reasons }))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return server
}

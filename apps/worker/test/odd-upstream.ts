import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream for the odd answers that the simulator does not give. */
export async function startOddUpstream(answer: RequestListener) {
  let connections = 0
  const server = createServer(answer)
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    /** How many were ever opened. */
    connections: () => connections,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

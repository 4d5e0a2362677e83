import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Forwarder = Awaited<ReturnType<typeof startForwarder>>

type Pair = [Socket, Socket]

/**
 * An address that moves, as that of a database does after a failover. `moveTo` leads new connections to another port,
 * or to nobody; those that are open stay where they are. `silence` is as if the machine behind had lost its power:
 * what is open stays so, and nothing comes or goes on it.
 */
export async function startForwarder(firstPort: number) {
  const pairs = new Set<Pair>()
  let target: number | undefined = firstPort
  let connections = 0

  const server = createServer((client) => {
    connections += 1
    client.on('error', () => {})
    // As balancers do that have nobody behind them: they accept, and hang up.
    if (target === undefined) return void client.destroy()
    const store = connect(target, '127.0.0.1')
    pipeBothWays([client, store], pairs)
  })
  server.listen(0, '127.0.0.1')
  server.unref()
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    moveTo(port: number | undefined): void {
      target = port
    },
    silence(): void {
      for (const pair of pairs) {
        for (const socket of pair) socket.unpipe().pause()
      }
    },
    connections: () => connections,
    cut(): void {
      for (const [client] of pairs) client.resetAndDestroy()
    },
    close(): void {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      server.close()
    },
  }
}

function pipeBothWays(pair: Pair, open: Set<Pair>): void {
  open.add(pair)
  for (const [socket, other] of [pair, pair.toReversed() as Pair]) {
    socket.on('error', () => {})
    socket.once('close', () => {
      open.delete(pair)
      other.destroy()
    })
    socket.pipe(other)
  }
}

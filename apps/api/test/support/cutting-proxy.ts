import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What happens to a connection: it is reset after so many bytes of its answers, or lives. */
export type Fate = { cutAfter: number } | 'live'

/** A TCP proxy before the api. `fate` is asked for each new connection, counted from 0. */
export async function startCuttingProxy(origin: string, fate: (connection: number) => Fate = () => 'live') {
  const pairs = new Set<[Socket, Socket]>()
  let connections = 0
  let requests = 0
  const server = createServer((client) => {
    const own = fate(connections++)
    const api = connect(Number(new URL(origin).port), '127.0.0.1')
    const pair: [Socket, Socket] = [client, api]
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.once('close', () => {
        pairs.delete(pair)
        for (const other of pair) other.destroy()
      })
    }
    let room = own === 'live' ? Number.POSITIVE_INFINITY : own.cutAfter
    client.on('data', (request) => {
      requests += 1
      api.write(request)
    })
    api.on('data', (answer: Buffer) => {
      if (room > 0) client.write(answer.subarray(0, room))
      room -= answer.length
      // Not at once: a reset would overtake the bytes that may still pass.
      if (room <= 0) setTimeout(() => client.resetAndDestroy(), 20)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    /** How often somebody asked something, over however many connections. */
    requests: () => requests,
    /** From now on nothing passes over the connections of now, and neither side is told. */
    stall(): void {
      for (const sockets of pairs) for (const socket of sockets) socket.pause()
    },
    async [Symbol.asyncDispose]() {
      for (const sockets of pairs) for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

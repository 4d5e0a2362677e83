import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What happens to a connection: it is reset after so many bytes of its answers or of its requests, or lives. */
export type Fate = { cutAfter: number } | { cutRequestAfter: number } | 'live'

/** Says what happens to a connection, counted from 0, once it has sent its first bytes. */
export type FateOf = (connection: number, request: Buffer) => Fate

/** A TCP proxy before the api. */
export async function startCuttingProxy(origin: string, fate: FateOf = () => 'live') {
  const pairs = new Set<[Socket, Socket]>()
  const bytes = { asked: 0, answered: 0 }
  let connections = 0
  let requests = 0
  const server = createServer((client) => {
    const count = connections++
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
    passOn(pair, {
      fate: (request) => fate(count, request),
      request({ length }) {
        requests += 1
        bytes.asked += length
      },
      answer({ length }) {
        bytes.answered += length
      },
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    /** How often somebody asked something, over however many connections. */
    requests: () => requests,
    /** How many bytes either side has sent. */
    bytes: () => bytes,
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

type Passing = { fate: (request: Buffer) => Fate; request(bytes: Buffer): void; answer(bytes: Buffer): void }

/** Passes bytes on until the fate of the connection ends it. */
function passOn([client, api]: [Socket, Socket], passing: Passing): void {
  // Not at once: a reset would overtake the bytes that may still pass.
  const cut = () => setTimeout(() => client.resetAndDestroy(), 20)
  let room = Number.POSITIVE_INFINITY
  let requestRoom = Number.POSITIVE_INFINITY
  client.once('data', (request: Buffer) => {
    const fate = passing.fate(request)
    if (fate === 'live') return
    if ('cutAfter' in fate) room = fate.cutAfter
    else requestRoom = fate.cutRequestAfter
  })
  client.on('data', (request: Buffer) => {
    passing.request(request)
    if (requestRoom > 0) api.write(request.subarray(0, requestRoom))
    requestRoom -= request.length
    if (requestRoom > 0) return
    room = 0
    cut()
  })
  api.on('data', (answer: Buffer) => {
    passing.answer(answer)
    if (room > 0) client.write(answer.subarray(0, room))
    room -= answer.length
    if (room <= 0) cut()
  })
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What happens on the way: `hold` keeps upstream's answers back until another mode is set, `hold-posts` only those
 * to submissions, `cut` lets the request through and drops the connection at the answer, `drip` passes a few bytes
 * of it each second, and a `blackhole` takes everything and says nothing.
 */
export type ProxyMode = 'pass' | 'hold' | 'hold-posts' | 'cut' | 'reset' | 'drip' | 'blackhole'

export type Proxy = Awaited<ReturnType<typeof startProxy>>

const DRIP = { bytes: 10, everyMs: 100 }

/** A TCP proxy before upstream, whose mode can change at any time, for open connections as well. */
export async function startProxy(upstreamPort: number, host = '127.0.0.1') {
  let mode: ProxyMode = 'pass'
  const held = new Set<() => void>()
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    if (mode === 'reset') return void client.resetAndDestroy()
    const upstream = connect(upstreamPort, '127.0.0.1')
    endTogether(client, upstream, sockets)
    let isSubmission = false
    client.on('data', (request: Buffer) => {
      isSubmission ||= request.toString('latin1', 0, 4) === 'POST'
      if (mode !== 'blackhole') upstream.write(request)
    })
    upstream.on('data', (answer: Buffer) => {
      if (mode === 'hold' || (mode === 'hold-posts' && isSubmission)) held.add(() => client.write(answer))
      else deliver(client, answer, mode)
      // Of an answer without end, no more is taken from upstream than somebody reads.
      if (client.writableNeedDrain) upstream.pause()
    })
    client.on('drain', () => upstream.resume())
  })
  server.listen(0, host)
  server.unref()
  await once(server, 'listening')

  const { port } = server.address() as AddressInfo

  return {
    port,
    /** Refuses connections from now on, as if nobody were there, and ends those that are open. */
    async leave(): Promise<void> {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async comeBack(): Promise<void> {
      server.listen(port, host)
      await once(server, 'listening')
    },
    set(next: ProxyMode): void {
      mode = next
      if (mode === 'hold' || mode === 'hold-posts') return
      for (const release of held) release()
      held.clear()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function endTogether(client: Socket, upstream: Socket, open: Set<Socket>): void {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      open.delete(socket)
      other.destroy()
    })
  }
}

function deliver(client: Socket, answer: Buffer, mode: ProxyMode): void {
  if (mode === 'pass' || mode === 'hold-posts') client.write(answer)
  else if (mode === 'cut' || mode === 'reset') client.resetAndDestroy()
  else if (mode === 'drip') drip(client, answer)
}

function drip(client: Socket, answer: Buffer): void {
  let at = 0
  const timer = setInterval(() => {
    if (client.destroyed || at >= answer.length) return clearInterval(timer)
    client.write(answer.subarray(at, at + DRIP.bytes))
    at += DRIP.bytes
  }, DRIP.everyMs)
}

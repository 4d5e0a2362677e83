import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

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
    for (const socket of [client, upstream]) keep(socket, sockets)
    let isSubmission = false
    client.on('data', (request: Buffer) => {
      isSubmission ||= request.toString('latin1', 0, 4) === 'POST'
      if (mode !== 'blackhole') upstream.write(request)
    })
    client.once('close', () => upstream.destroy())

    async function passOn(): Promise<void> {
      // Of an answer without end, no more is taken from upstream than somebody reads.
      for await (const answer of upstream) {
        const isHeld = mode === 'hold' || (mode === 'hold-posts' && isSubmission)
        if (isHeld) await new Promise<void>((release) => held.add(release))
        await deliver(client, answer, isHeld ? 'pass' : mode)
        if (client.writableNeedDrain) await once(client, 'drain')
      }
    }
    // Upstream may end its connection with its answer, which may still be held.
    passOn()
      .catch(() => {})
      .finally(() => client.destroySoon())
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

function keep(socket: Socket, open: Set<Socket>): void {
  open.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => open.delete(socket))
}

async function deliver(client: Socket, answer: Buffer, mode: ProxyMode): Promise<void> {
  if (mode === 'pass' || mode === 'hold-posts') client.write(answer)
  else if (mode === 'cut' || mode === 'reset') client.resetAndDestroy()
  else if (mode === 'drip') await drip(client, answer)
}

async function drip(client: Socket, answer: Buffer): Promise<void> {
  for (let at = 0; at < answer.length && !client.destroyed; at += DRIP.bytes) {
    await sleep(DRIP.everyMs)
    if (!client.destroyed) client.write(answer.subarray(at, at + DRIP.bytes))
  }
}

import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** What is still open then is cut: nobody waits for half a request, or for a clip of 500 MB to be taken. */
const CUT_AFTER_MS = 2000

/**
 * Closes connections in order: once the process is stopping, an answer is the last on its connection; once the app
 * closes, the signal that this returns ends what waits, `endStreams` ends what has no end of its own, and what is
 * open after all of that is cut.
 */
export function installClosing(
  app: FastifyInstance,
  { isStopping, endStreams }: { isStopping: () => boolean; endStreams: () => Promise<void> },
): AbortSignal {
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  /** Of several requests that were sent at once, each is answered. */
  const newest = new WeakMap<Socket, FastifyRequest>()

  app.addHook('onRequest', async (request) => {
    newest.set(request.raw.socket, request)
  })
  app.addHook('onSend', async (request, reply) => {
    if (isStopping() && newest.get(request.raw.socket) === request) reply.header('connection', 'close')
  })
  // What was on its way when the process was told to stop has promised to keep its connection.
  app.addHook('onResponse', async () => {
    if (closing.signal.aborted) setImmediate(() => app.server.closeIdleConnections())
  })

  let cut: NodeJS.Timeout | undefined
  app.addHook('onClose', async () => clearTimeout(cut))
  app.addHook('preClose', async () => {
    const cutAt = performance.now() + CUT_AFTER_MS
    closing.abort()
    app.server.closeIdleConnections()
    await endStreams()
    cut = setTimeout(cutConnections, Math.max(0, cutAt - performance.now()))
  })
  return closing.signal

  function cutConnections(): void {
    app.server.getConnections((_, open) => app.log.info({ open }, 'connections cut'))
    app.server.closeAllConnections()
  }
}

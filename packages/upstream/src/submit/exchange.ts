import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { MAX_HEADER_BYTES } from '../answer/read-body.ts'

export type Outgoing = {
  origin: string
  path: string
  headers: Record<string, string>
  bytes: number
  chunks: AsyncIterable<Uint8Array>
}

/**
 * Writes a POST and returns what its answer begins with, which may come before all is written. Node's own client and its
 * lenient parser: an answer is worth money, and undici takes none after a 100, with a length and chunks, or with an odd
 * byte in a header. Nothing else is ever read from this connection.
 */
export function exchange({ origin, path, headers, bytes, chunks }: Outgoing, socket: Socket) {
  failWritesAfterReads(socket)
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = startRequest({
      createConnection: () => socket,
      method: 'POST',
      path,
      headers: { ...headers, host: new URL(origin).host, 'content-length': bytes },
      insecureHTTPParser: true,
      maxHeaderSize: MAX_HEADER_BYTES,
    })
    request.maxHeadersCount = 0
    // The last word in any case: an answer that is none (101) ends in no error.
    socket.once('close', () => reject(new Error('connection closed without an answer')))
    request.on('error', reject).on('response', resolve)
    write(chunks, request).catch(reject)
  })
}

/** As fast as it is taken, until nobody takes any more. */
async function write(chunks: AsyncIterable<Uint8Array>, request: ClientRequest) {
  for await (const chunk of chunks) {
    if (request.destroyed) return
    if (!request.write(chunk)) await once(request, 'drain')
  }
  request.end()
}

/**
 * Whoever refuses a long body hangs up on it, and a write that fails closes the socket, with the answer in it unread.
 * So a write fails only after what has come is read.
 */
function failWritesAfterReads(socket: Socket): void {
  type Done = Parameters<Socket['_write']>[2]
  const later =
    (done: Done): Done =>
    (error) => {
      if (!error) return done()
      // What has come is read between two immediates.
      void setImmediate()
        .then(() => setImmediate())
        .then(() => done(error))
    }
  const { _write, _writev } = socket
  socket._write = (chunk, encoding, done) => _write.call(socket, chunk, encoding, later(done))
  if (_writev) socket._writev = (chunks, done) => _writev.call(socket, chunks, later(done))
}

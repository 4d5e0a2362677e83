import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The field that may hold a file, which is long under way: as a part of a form, or as text within JSON. */
    fileField?: string
    /** Where that field is an object within JSON, the field of it that has the text. */
    fileText?: string
  }
}

/** A prompt as long as may be, each of its characters an emoji and escaped. */
export const BODY_LIMIT = 512 * 1024
const WHOLE_MS = 10_000
/** For which no byte of a file may come. */
const SILENT_MS = 30_000

/** A request arrives whole within 10 s. One with a file may take longer, but must go on arriving. */
export function installRequestDeadline(
  app: FastifyInstance,
  { wholeMs = WHOLE_MS, silentMs = SILENT_MS } = {},
): void {
  app.addHook('onRequest', async ({ raw, routeOptions }, reply) => {
    // What is injected came over none.
    if (!hasBody(raw) || !(raw.socket instanceof Socket)) return
    const isLong = routeOptions.config.fileField !== undefined && mayHoldFile(raw)
    const timer = isLong ? whenSilent(raw, silentMs, giveUp) : setTimeout(giveUp, wholeMs)
    const clear = () => clearTimeout(timer)
    raw.once('end', clear).once('close', clear)

    function giveUp(): void {
      if (raw.complete || raw.socket.destroyed) return
      // It has its answer, and what is left of it never came.
      if (reply.raw.writableEnded) return void raw.destroy()
      const late = Object.assign(new Error('request too late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
      app.server.emit('clientError', late, raw.socket)
    }
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function mayHoldFile({ headers }: IncomingMessage): boolean {
  const isForm = /^\s*multipart\//i.test(headers['content-type'] ?? '')
  return isForm || Number(headers['content-length'] ?? 0) > BODY_LIMIT
}

function whenSilent({ socket }: IncomingMessage, silentMs: number, giveUp: () => void): NodeJS.Timeout {
  let [bytes, since] = [socket.bytesRead, performance.now()]
  return setInterval(() => {
    if (socket.bytesRead !== bytes) [bytes, since] = [socket.bytesRead, performance.now()]
    else if (performance.now() - since >= silentMs) giveUp()
  }, silentMs / 10)
}

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes files, which may be long under way. */
    takesFiles?: boolean
  }
}

/** A prompt as long as may be, each of its characters an emoji and escaped. */
export const BODY_LIMIT = 512 * 1024
const WHOLE_MS = 10_000
/** For which no byte of a file may come. */
const SILENT_MS = 30_000

/** A request arrives whole within 10 s. One with a file may take longer, but must go on arriving. */
export function installRequestDeadline(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    if (!hasBody(raw)) return
    const isLong = routeOptions.config.takesFiles && mayHoldFile(raw)
    const timer = isLong ? whenSilent(raw, giveUp) : setTimeout(giveUp, WHOLE_MS)
    raw.once('close', () => clearTimeout(timer))

    function giveUp(): void {
      if (raw.complete || raw.socket.destroyed) return
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

function whenSilent({ socket }: IncomingMessage, giveUp: () => void): NodeJS.Timeout {
  let before = socket.bytesRead
  const timer = setInterval(() => {
    if (socket.bytesRead === before) giveUp()
    before = socket.bytesRead
  }, SILENT_MS)
  return timer
}

import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { type ApiErrorCode, apiErrors } from './api-errors.ts'
import { failureOf } from './error-handler.ts'
import { ApiError, invalid } from './errors.ts'

const notHttp = { en: 'must be well-formed HTTP', zh: '必须是格式正确的 HTTP 请求' }

const codes: Record<string, ApiErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
}

/**
 * Answers, in the envelope, what Node refuses before there is a request, and ends the connection. Logs what was
 * wrong and none of the bytes, which may hold a token.
 */
export function createClientErrorHandler(log: Logger) {
  return ({ code }: { code: string }, socket: Socket): void => {
    if (code === 'ECONNRESET' || socket.destroyed) return
    const requestId = crypto.randomUUID()
    log.info({ requestId, reason: code, ip: socket.remoteAddress }, 'request refused unread')
    if (socket.writable && !isBeingAnswered(socket)) socket.write(answer(code, requestId))
    socket.destroy()
  }
}

function answer(reason: string, requestId: string): string {
  const known = codes[reason]
  const error = known ? new ApiError(known) : invalid('request', notHttp)
  const { status } = apiErrors[error.code]
  const body = JSON.stringify(failureOf(error, { language: 'en', requestId }))
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n')
}

/** Asked as Node's own handler does: another answer in the midst of one would be read as part of it. */
function isBeingAnswered(socket: Socket & { _httpMessage?: ServerResponse }): boolean {
  return socket._httpMessage?.headersSent === true
}

import type { Readable } from 'node:stream'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

interface Details {
  type?: string
  code?: string
  param?: string
  headers?: Record<string, string>
}

export class ApiError extends Error {
  readonly status: number
  readonly details: Details

  constructor(status: number, message: string, details: Details = {}) {
    super(message)
    this.status = status
    this.details = details
  }
}

/** What a proxy in front of upstream answers: a page instead of JSON. */
export class HtmlAnswer extends Error {
  readonly status: number

  constructor(status: number, title: string) {
    super(title)
    this.status = status
  }
}

/** An answer that begins well, and whose body is more than anybody wants. */
export class BodyAnswer extends Error {
  readonly body: Readable
  readonly length: number | undefined

  constructor(body: Readable, length?: number) {
    super('200 OK')
    this.body = body
    this.length = length
  }
}

export function sendError(
  error: FastifyError | ApiError | HtmlAnswer | BodyAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  if (error instanceof HtmlAnswer) {
    const page = `<html><head><title>${error.message}</title></head><body><h1>${error.message}</h1></body></html>`
    return reply.code(error.status).type('text/html').send(page)
  }
  if (error instanceof BodyAnswer) {
    if (error.length !== undefined) reply.header('content-length', error.length)
    return reply.code(200).type('application/json').send(error.body)
  }
  if (error instanceof ApiError) {
    return reply
      .code(error.status)
      .headers(error.details.headers ?? {})
      .send(body(error.message, error.details))
  }
  const status = error.statusCode ?? 500
  if (status >= 500) request.log.error(error)
  return reply.code(status).send(body(error.message, status < 500 ? {} : { type: 'server_error' }))
}

export function invalidUrl(request: FastifyRequest, reply: FastifyReply) {
  return reply.code(404).send(body(`Invalid URL (${request.method} ${request.url})`, {}))
}

export function videoNotFound(id: string): ApiError {
  return new ApiError(404, `Video with id '${id}' not found.`, { param: 'video_id' })
}

function body(message: string, { type = 'invalid_request_error', param, code }: Details) {
  return { error: { message, type, param: param ?? null, code: code ?? null } }
}

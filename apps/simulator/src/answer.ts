import type { Readable } from 'node:stream'

/** Thrown instead of what a route would have answered. */
export class Answer extends Error {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string | Readable

  constructor(status: number, headers: Record<string, string>, body: string | Readable = '') {
    super(`answers ${status}`)
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** What a proxy in front of upstream answers: a page instead of JSON. */
export function htmlAnswer(status: number, title: string): Answer {
  const page = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`
  return new Answer(status, { 'content-type': 'text/html' }, page)
}

export function jsonAnswer(status: number, body: unknown): Answer {
  return new Answer(status, { 'content-type': 'application/json' }, JSON.stringify(body))
}

export function endlessAnswer(body: Readable, length?: number): Answer {
  const headers = { 'content-type': 'application/json' }
  return new Answer(
    200,
    length === undefined ? headers : { ...headers, 'content-length': String(length) },
    body,
  )
}

import { parseJson } from './loose-json.ts'

export type Answer = {
  status: number
  header: (name: string) => string | undefined
  body: unknown
  bodyError?: Error | undefined
  isEmpty?: boolean
}

export type Head = { statusCode: number; headers: Record<string, string | string[] | undefined> }

/** An answer and what its body says; what is no JSON is undefined, but for a sentence that says no. */
export function answerOf({ statusCode, headers }: Head, text: string, parse = parseJson): Answer {
  const header = (name: string) => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  const isNo = statusCode >= 400 && statusCode < 500
  return { status: statusCode, header, body: parse(text) ?? (isNo ? sentence(text) : undefined) }
}

function sentence(text: string): string | undefined {
  const start = text.slice(0, 500).trim()
  return start === '' || /^[{[]|<[a-z!?/]/i.test(start) ? undefined : start
}

export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

export function retryAfter({ header }: Answer): number | undefined {
  const ms = Number(header('retry-after-ms') || Number.NaN)
  if (ms >= 0 && Number.isFinite(ms)) return ms
  const value = header('retry-after')
  if (!value) return undefined
  const seconds = Number(value)
  const wait = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

export function upstreamError(body: unknown): { code?: string | undefined; message?: string | undefined } {
  const outer = fields(body)
  const error = typeof outer.error === 'object' ? fields(outer.error) : outer
  const detail = typeof outer.detail === 'string' ? outer.detail : undefined
  return { code: text(error.code), message: text(error.message) ?? text(outer.error) ?? detail }
}

const secret = /\b(Bearer\s+\S+|sk-[\w-]{4,})/gi
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are taken out
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

export type Scrub = (text: string) => string

/** Makes upstream's text fit to be shown: no keys, no control characters, at most 500 characters. */
export function createScrubber(apiKey: string): Scrub {
  return (text) =>
    (apiKey === '' ? text : text.replaceAll(apiKey, '[key]'))
      .replace(secret, '[key]')
      .replace(control, ' ')
      .slice(0, 500)
      .toWellFormed()
}

export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return [code, message].filter(Boolean).join(': ') || 'unknown trouble'
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

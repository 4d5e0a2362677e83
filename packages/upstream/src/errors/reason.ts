import { firstAt, follow } from '../answer/places.ts'
import type { BlockedSign, ErrorPlaces } from '../dialect/reading.ts'
import type { Category } from './category.ts'
import { ruleFor } from './rules.ts'

export type Reason = {
  code?: string | undefined
  type?: string | undefined
  message?: string | undefined
  /** What it is about, where a rule of the dialect says so. */
  means?: Category | undefined
}

type Fields = Record<string, unknown>

const codeKeys = ['code', 'error_code', 'errorCode', 'err_code', 'failureCode', 'failure_code', 'status_code']
const typeKeys = ['type', 'error_type', 'errorType']
const messageKeys = [
  ...['message', 'msg', 'error_message', 'errorMessage', 'error_msg', 'err_msg', 'error_description'],
  ...['fail_reason', 'failReason', 'failure_reason', 'failureReason', 'failure', 'task_status_msg'],
  ...['status_reason', 'status_message', 'status_msg', 'statusMessage', 'reason', 'description'],
  ...['detail', 'error'],
]
const errorKeys = ['error', 'errors', 'detail', 'failure', 'fail_reason', 'failure_reason']
const envelopeKeys = ['data', 'result', 'output', 'response', 'task', 'task_result', 'video', 'base_resp']
/** MiniMax's numbers that mean something else at Kling. */
const miniMaxNames: Record<string, string> = {
  1000: 'unknown_error',
  1001: 'timeout',
  1002: 'rate_limit',
  1004: 'authentication_failed',
  1039: 'rate_limit',
}
const DEEPEST = 8
const fine =
  /^(0+|2\d\d|ok|success|succeed(ed)?|completed?|accepted|submitted|queued|created|pending|(in_?)?progress|processing|running|null|none|undefined)$/i
const identifier = /^[a-z]\w*[_.]\w+$/i

/**
 * Reads why, where the dialect has it and in every shape that is known: objects, text, text that holds JSON, lists,
 * envelopes.
 */
export function readReason(body: unknown, errors: ErrorPlaces): Reason {
  const usual = read(body, 0)
  const isCode = usual.code === undefined && identifier.test(usual.message ?? '')
  const own = {
    code: firstAt(body, errors.code, named),
    message: firstAt(body, errors.message, (value) => named(value) ?? tellingOr(read(value, 1))?.message),
  }
  const reason = { ...usual, ...(isCode && { code: usual.message }), ...compact(own) }
  const means = ruleFor(reason, errors.rules)?.means
  return means === undefined || means === 'in-doubt' ? reason : { ...reason, means }
}

export function isErrorBody(body: unknown, errors: ErrorPlaces): boolean {
  const outer = fields(body)
  const { code, message } = readReason(body, errors)
  const isFailure = outer.success === false || /^(fail(ed|ure)?|error)$/i.test(String(outer.status))
  if (isFailure || errorKeys.some((key) => isTelling(read(outer[key], 1)))) {
    return code !== undefined || message !== undefined
  }
  return code !== undefined && message !== undefined
}

/** Why a video is kept back for what it shows, if a sign says so. */
export function blockOf(body: unknown, hasClip: boolean, signs: readonly BlockedSign[]): Reason | undefined {
  const sign = signs.find((each) => !(each.unlessClip && hasClip) && isShown(each, follow(body, each.place)))
  if (!sign) return undefined
  const why = firstAt(body, sign.reasons, (value) => listed([value].flat()))
  return { code: 'moderation_blocked', message: why ?? 'upstream keeps the video back for what it shows' }
}

function isShown({ equals, begins, holds }: BlockedSign, value: unknown): boolean {
  if (equals !== undefined) return value === equals
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  if (begins !== undefined) return text.startsWith(begins)
  if (holds !== undefined) return text.includes(holds)
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** JSON that a text is or ends in: relays pass on what another server told them. */
export function embedded(text: string): unknown {
  const start = text.search(/[{[]/)
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  if (start === -1 || end < start) return undefined
  try {
    return JSON.parse(text.slice(start, end + 1))
  } catch {
    return undefined
  }
}

function read(value: unknown, depth: number, isError = false): Reason {
  if (depth > DEEPEST) return {}
  if (typeof value === 'string') return readText(value, depth)
  if (Array.isArray(value)) return readList(value, depth)
  return readObject(fields(value), depth, isError)
}

function readText(text: string, depth: number): Reason {
  const inner = read(embedded(text) ?? {}, depth + 1, true)
  if (isTelling(inner)) return { ...inner, message: inner.message ?? text }
  return text.trim() === '' || fine.test(text) ? {} : { message: text }
}

function readList(list: unknown[], depth: number): Reason {
  const reasons = list.map((item) => read(item, depth + 1, true)).filter(isTelling)
  const messages = reasons.flatMap(({ message }) => message ?? [])
  return compact({ ...reasons[0], message: messages.join('; ') })
}

/** What is further inside is nearer to the cause, and a name says more than a number. */
function readObject(object: Fields, depth: number, isError: boolean): Reason {
  const nested = first([...errorKeys, ...envelopeKeys], (key) => {
    const isPlace = typeof object[key] === 'object' && object[key] !== null
    const inner = isPlace ? read(object[key], depth + 1, errorKeys.includes(key)) : {}
    const name = key === 'base_resp' ? miniMaxNames[inner.code ?? ''] : undefined
    return tellingOr(name ? { ...inner, code: name } : inner)
  })
  const words = first(messageKeys, (key) => {
    const isText = typeof object[key] === 'string' || Array.isArray(object[key])
    return tellingOr(isText ? read(object[key], depth + 1) : {})
  })
  const codes = [nested?.code, words?.code, first(codeKeys, (key) => named(object[key]))]
  const code = codes.find((each) => each && !isNumber(each)) ?? codes.find(Boolean)
  const message = nested?.message ?? words?.message
  const ownType = isError || code || message ? first(typeKeys, (key) => named(object[key])) : undefined
  const flagged = listed(fields(object.metadata).reasons)
  const place = Array.isArray(object.loc) && message ? `${object.loc.join('.')}: ` : ''
  return compact({
    code,
    type: flagged ? 'moderation' : (nested?.type ?? words?.type ?? ownType),
    message: message ? place + message : flagged,
  })
}

function named(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''
  return text === '' || fine.test(text) ? undefined : text
}

function isNumber(code: string): boolean {
  return /^-?\d+$/.test(code)
}

function listed(value: unknown): string | undefined {
  const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  return texts.length > 0 ? texts.join(', ') : undefined
}

export function isTelling({ code, type, message }: Reason): boolean {
  return Boolean(code || type || message)
}

function tellingOr(reason: Reason): Reason | undefined {
  return isTelling(reason) ? reason : undefined
}

function compact(reason: Reason): Reason {
  return Object.fromEntries(Object.entries(reason).filter(([, text]) => text))
}

function first<T>(keys: string[], read: (key: string) => T | undefined): T | undefined {
  for (const key of keys) {
    const found = read(key)
    if (found !== undefined) return found
  }
  return undefined
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

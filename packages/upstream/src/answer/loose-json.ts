import type { Words } from '../dialect/reading.ts'
import { allEnvelopes, envelopes, recordsIn } from '../video/envelopes.ts'
import { idOf } from '../video/ids.ts'
import { isUnderWay, isVideo } from '../video/job-record.ts'
import { isFields } from './fields.ts'

/** A string, whole or cut; what nests and what parts; and what is sent as JSON though it is none. */
const tokens = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|,\s*[\]}]|[[\]{},]|-?\b(?:NaN|Infinity)\b/g
/** A whole number that a double may not hold exactly: an id, whose digits matter. */
const longNumber = /(?:^|[:[,\s])-?\d{16}/
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants exactly these escaped
const control = /[\u0000-\u001f]/g

const answerNames = ['code', 'success'].map((name) => JSON.stringify(name))
const holders = [...answerNames, ...envelopes.map((name) => JSON.stringify(name))]

/** An id stands near the beginning, and reading what is broken takes its time. */
const MOST_REPAIRED = 256 * 1024

export function parseJson(text: string): unknown {
  return parseWhole(text) ?? parse(firstValue(text).whole)
}

export function parseCutJson(text: string, words: Words): unknown {
  const value = parseWhole(text)
  if (value !== undefined) return value
  const { whole, begun, names = [] } = firstValue(text)
  return parse(whole) ?? withoutDoubtfulIds(parse(begun), names, words)
}

function parseWhole(text: string): unknown {
  const value = parse(text)
  if (typeof value === 'string' && /^\s*[{[]/.test(value)) return parse(value)
  return value ?? lastLine(text)
}

/** An id of the request, of an envelope or of a row is no video's where a better one may have followed. */
function withoutDoubtfulIds(value: unknown, names: string[], words: Words): unknown {
  for (const record of recordsIn(value, allEnvelopes)) {
    const mayBeOthers = record !== value && isFields(value) && idOf(value.id) && isUnderWay(value, words)
    if (typeof record.id === 'number' || mayBeOthers) record.id = undefined
  }
  if (!isFields(value)) return value
  const isOpen = (name: string) => {
    const isLast = name === names.at(-1) || answerNames.includes(name)
    return isLast && !isEmpty(value[name.slice(1, -1)])
  }
  const isEnvelope = holders.some((holder) => {
    const mayHold = (name: string) => (isVideo(value) ? name === holder : holder.startsWith(name))
    return names.some((name) => mayHold(name) && isOpen(name))
  })
  return { ...value, request_id: undefined, requestId: undefined, ...(isEnvelope && { id: undefined }) }
}

function isEmpty(held: unknown): boolean {
  return held === null || held === '' || (isObject(held) && Object.keys(held).length === 0)
}

function parse(text = ''): unknown {
  try {
    return JSON.parse(text, longNumber.test(text) ? keepDigits : undefined)
  } catch {
    return undefined
  }
}

function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value
}

function lastLine(text: string): unknown {
  const lines = text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '' && !/^(event|id|retry)?:/.test(line))
  const values = lines.map((line) => parse(line.replace(/^data:/, '')))
  return isObject(values[0]) ? values.findLast(isObject) : undefined
}

function firstValue(text: string): { whole?: string; begun?: string; names?: string[] } {
  if (!/^\s*[{[]/.test(text)) return {}
  const mended = text.trimStart().slice(0, MOST_REPAIRED).replaceAll(tokens, mend)
  let depth = 0
  let safe = 0
  const names: string[] = []
  for (const { 0: token, index } of mended.matchAll(tokens)) {
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    const isName = depth === 1 && token.startsWith('"') && /[{,]\s*$/.test(mended.slice(safe, index))
    if (isName) names.push(token)
    if (depth === 0) return { whole: mended.slice(0, index + 1) }
    if (token === ',') safe = index
    if (token === '}' || token === ']') safe = index + 1
  }
  const begun = mended.slice(0, safe)
  return { begun: begun + closersOf(begun), names }
}

function closersOf(begun: string): string {
  const closers: string[] = []
  for (const [token] of begun.matchAll(tokens)) {
    if (token === '{' || token === '[') closers.push(token === '{' ? '}' : ']')
    if (token === '}' || token === ']') closers.pop()
  }
  return closers.reverse().join('')
}

function mend(token: string): string {
  if (token.startsWith('"')) return token.replaceAll(control, (char) => JSON.stringify(char).slice(1, -1))
  if (/[NI]/.test(token)) return 'null'
  return token.length > 1 ? token.slice(-1) : token
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

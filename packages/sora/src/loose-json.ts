/** A string, whole or cut; what nests and what parts; and what is sent as JSON though it is none. */
const tokens = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|,\s*[\]}]|[[\]{},]|-?\b(?:NaN|Infinity)\b/g
/** A whole number that a double may not hold exactly: an id, whose digits matter. */
const longNumber = /(?:^|[:[,\s])-?\d{16}/
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants exactly these escaped
const control = /[\u0000-\u001f]/g

/** Reads JSON as servers send it; undefined where nothing can be read. */
export function parseJson(text: string): unknown {
  const value = parse(text)
  if (typeof value === 'string' && /^\s*[{[]/.test(value)) return parse(value)
  return value ?? lastLine(text) ?? parse(firstValue(text).whole)
}

/** The members of JSON that ends too early, as far as they are whole. */
export function parseCutJson(text: string): unknown {
  const whole = parseJson(text)
  if (whole !== undefined) return whole
  const begun = parse(firstValue(text).begun)
  // A `request_id` is no video's where a better id may have followed.
  return isObject(begun) ? { ...begun, request_id: undefined, requestId: undefined } : begun
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

/** The newest of several values, a line each, and of the events of a stream. */
function lastLine(text: string): unknown {
  const lines = text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '' && !/^(event|id|retry)?:/.test(line))
  const values = lines.map((line) => parse(line.replace(/^data:/, '')))
  return isObject(values[0]) ? values.findLast(isObject) : undefined
}

/** The object or list that a text begins with: the whole of it, or its members before the cut. */
function firstValue(text: string): { whole?: string; begun?: string } {
  const mended = text.trimStart().replaceAll(tokens, mend)
  const closers: string[] = []
  let begun: string | undefined
  for (const { 0: token, index } of /^[{[]/.test(mended) ? mended.matchAll(tokens) : []) {
    if (token === '{' || token === '[') closers.unshift(token === '{' ? '}' : ']')
    if (token === '}' || token === ']') closers.shift()
    if (closers.length === 0) return { whole: mended.slice(0, index + 1) }
    // What stands before a comma or after a bracket can't go on.
    if (token === ',') begun = mended.slice(0, index) + closers.join('')
    if (token === '}' || token === ']') begun = mended.slice(0, index + 1) + closers.join('')
  }
  return { ...(begun && { begun }) }
}

function mend(token: string): string {
  if (token.startsWith('"')) return token.replaceAll(control, (char) => JSON.stringify(char).slice(1, -1))
  if (/[NI]/.test(token)) return 'null'
  // A comma before a bracket is one too many.
  return token.length > 1 ? token.slice(-1) : token
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

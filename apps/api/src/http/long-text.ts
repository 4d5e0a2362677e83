import { randomUUID } from 'node:crypto'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** A body without its one long text, which a mark stands for; `text` is as JSON spells it, without its quotes. */
export type CutBody = { rest: Buffer; mark: string; text: Buffer }

/**
 * Cuts out the text without which JSON is no longer than `limit`, so that only that much is ever taken apart; undefined
 * where there is none.
 */
export function cutLongText(json: Buffer, limit: number): CutBody | undefined {
  for (let at = 0; at <= limit; ) {
    const first = json.indexOf(QUOTE, at) + 1
    const end = first > 0 ? endOfText(json, first, limit) : -1
    if (end < 0) return undefined
    if (json.length - (end - first) <= limit) {
      const mark = randomUUID()
      const rest = Buffer.concat([json.subarray(0, first), Buffer.from(mark), json.subarray(end)])
      return { rest, mark, text: json.subarray(first, end) }
    }
    at = end + 1
  }
  return undefined
}

/** Where a text's closing quote is. A long one that holds quotes is none that we take. */
function endOfText(json: Buffer, first: number, limit: number): number {
  for (let at = first; ; ) {
    const quote = json.indexOf(QUOTE, at)
    if (quote < 0 || !isEscaped(json, first, quote)) return quote
    if (quote > limit) return -1
    at = quote + 1
  }
}

function isEscaped(json: Buffer, first: number, quote: number): boolean {
  let at = quote
  while (at > first && json[at - 1] === BACKSLASH) at -= 1
  return (quote - at) % 2 === 1
}

/** Undefined where it is not as JSON would have it. */
export function textOf(spelled: Buffer): string | undefined {
  if (!spelled.includes(BACKSLASH)) return spelled.toString('latin1')
  try {
    return JSON.parse(`"${spelled.toString('latin1')}"`) as string
  } catch {
    return undefined
  }
}

import { parse } from 'range-parser'

export type Part = { first: number; last: number }

export type Span = { first: number; last?: number | undefined; total?: number | undefined }

const ANY_TOTAL = Number.MAX_SAFE_INTEGER

export function oneRange(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const { type, code, ranges } = parse(ANY_TOTAL, header)
  const isMalformed = (code & 1) !== 0
  return type === 'bytes' && !isMalformed && ranges.length <= 1 ? header : undefined
}

export function partOf(range: string, total: number): Part | undefined {
  const [part] = parse(total, range).ranges
  return part && { first: part.start, last: part.end }
}

export function plainRange(range: string): string {
  const part = partOf(range, ANY_TOTAL)
  // What no clip has is asked for as the first byte, to learn how many there are.
  if (!part) return 'bytes=0-0'
  const isOpen = part.last === ANY_TOTAL - 1
  if (isOpen && part.first > ANY_TOTAL / 2) return `bytes=-${ANY_TOTAL - part.first}`
  return `bytes=${part.first}-${isOpen ? '' : part.last}`
}

export function readContentRange(header: string | undefined): (Part & Span) | undefined {
  const match = /^\s*bytes[\s=]+(\d+)\s*-\s*(\d+)\s*\/\s*(\d+|\*)\s*$/i.exec(header ?? '')
  if (!match) return undefined
  const [first, last] = [Number(match[1]), Number(match[2])]
  const total = match[3] === '*' ? undefined : Number(match[3])
  const isSound = first <= last && last < (total ?? ANY_TOTAL)
  return isSound ? { first, last, total } : undefined
}

export function readTotal(header: string | undefined): number | undefined {
  const match = /^\s*bytes[\s=]+\*\s*\/\s*(\d{1,15})\s*$/i.exec(header ?? '')
  return match ? Number(match[1]) : undefined
}

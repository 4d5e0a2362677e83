import { createHash } from 'node:crypto'

/** Tells whether two requests are the same, whatever the order of their keys. */
export function requestHash(request: object): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(request)))
    .digest('hex')
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value))
    return isLikeEntries(value) ? { list: value.map(canonical) } : value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)])
}

/** A list that an object's entries could be taken for. */
function isLikeEntries(list: unknown[]): boolean {
  return list.every((each) => Array.isArray(each) && each.length === 2 && typeof each[0] === 'string')
}

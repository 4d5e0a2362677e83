const EARLIEST = 1e9
const isoWithoutZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/

export function instantOf(value: unknown): number | undefined {
  if (typeof value === 'number') return inSeconds(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return inSeconds(Number(text))
  if (!/\d:\d\d/.test(text)) return undefined
  // Servers that name no zone keep UTC.
  const ms = Date.parse(isoWithoutZone.test(text) ? `${text.replace(' ', 'T')}Z` : text.replace(/ UTC$/, 'Z'))
  return inSeconds(ms / 1000)
}

function inSeconds(instant: number): number | undefined {
  const unit = [1e9, 1e6, 1e3].find((perSecond) => instant / perSecond > 1e8) ?? 1
  const seconds = Math.floor(instant / unit)
  return seconds >= EARLIEST ? seconds : undefined
}

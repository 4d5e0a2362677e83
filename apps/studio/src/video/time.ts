const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** `0.8 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`, in the words of a language. */
export function formatDuration(ms: number, language: string): string {
  const say = (value: number, unit: string, digits = 0) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value)
  const both = (large: number, largeUnit: string, small: number, smallUnit: string) =>
    small === 0 ? say(large, largeUnit) : `${say(large, largeUnit)} ${say(small, smallUnit)}`

  if (ms < 10 * SECOND) return say(Math.round(ms / 100) / 10, 'second', 1)
  const seconds = Math.round(ms / SECOND)
  if (seconds < 60) return say(seconds, 'second')
  if (seconds < 3600) return both(Math.floor(seconds / 60), 'minute', seconds % 60, 'second')
  const minutes = Math.round(ms / MINUTE)
  if (minutes < 24 * 60) return both(Math.floor(minutes / 60), 'hour', minutes % 60, 'minute')
  const hours = Math.round(ms / HOUR)
  return both(Math.floor(hours / 24), 'day', hours % 24, 'hour')
}

/** By the clock on the wall, with seconds. */
export function formatTime(at: string, language: string): string {
  return new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeStyle: 'medium' }).format(
    new Date(at),
  )
}

/** Whole seconds that are left, and how long until one less is. */
export function countdown(at: number, now: number): { seconds: number; nextMs: number | undefined } {
  const left = at - now
  if (left <= 0) return { seconds: 0, nextMs: undefined }
  const seconds = Math.ceil(left / SECOND)
  return { seconds, nextMs: left - (seconds - 1) * SECOND }
}

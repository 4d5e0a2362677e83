import { useEffect, useState } from 'preact/hooks'

/** What is left of a wait as a clock shows it, seconds rounded up; undefined once it has passed. */
export function countdown(until: string, now: number): string | undefined {
  const seconds = Math.ceil((Date.parse(until) - now) / 1000)
  if (!(seconds > 0)) return undefined
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

/** By the clock on the wall, with seconds. */
export function timeOf(at: number, language: string): string {
  return new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeStyle: 'medium' }).format(at)
}

/** What is left until then, counted down; undefined without a time and once it has passed. */
export function useCountdown(until: string | null): string | undefined {
  const [, tick] = useState(0)
  const left = until === null ? undefined : countdown(until, Date.now())
  const isAhead = left !== undefined
  useEffect(() => {
    if (!isAhead) return
    const timer = setInterval(() => tick((count) => count + 1), 1000)
    return () => clearInterval(timer)
  }, [isAhead])
  return left
}

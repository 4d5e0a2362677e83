import type { Language } from './language.ts'

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** “5 minutes ago”; a date for what is older than a week. */
export function timeAgo(at: number, language: Language, now = Date.now()): string {
  const age = now - at
  if (age > 7 * 86_400_000) return dateOf(at, language)
  const [unit, ms] = steps.find(([, length]) => age >= length) ?? ['second' as const, 1000]
  const words = new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'auto' })
  // Nobody needs to know how many seconds.
  return unit === 'second' ? words.format(0, 'second') : words.format(-Math.floor(age / ms), unit)
}

export function dateOf(at: number, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium' }).format(at)
}

export function dateAndTimeOf(at: number, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'medium' }).format(at)
}

function localeOf(language: Language): string {
  return language === 'zh' ? 'zh-CN' : 'en-GB'
}

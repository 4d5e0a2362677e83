import type { Explanation } from '@reelay/contracts/explain'

export type Text = { en: string; zh: string }

export type Told = Omit<Explanation, 'text'>

/**
 * What sentences are made of; times are those of UTC, with their day where that is not today. `isTimed` says whether
 * there is a time for the next step, which is `at`; `until` is there where it is to come.
 */
export type Figures = {
  told: Told
  isTimed: boolean
  at: string
  until: string | undefined
  since: string
  failures: number
  progress: number
}

export function figuresOf(told: Told, now: Date): Figures {
  const { next, since, details } = told
  const clock = (iso: string) =>
    `${iso.slice(0, 10) === now.toISOString().slice(0, 10) ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 19)} UTC`
  const isToCome = details.until !== undefined && Date.parse(details.until) > now.getTime()
  return {
    told,
    isTimed: next?.at != null,
    at: next?.at ? clock(next.at) : '',
    until: isToCome ? clock(details.until ?? '') : undefined,
    since: clock(since),
    failures: details.failures ?? 0,
    progress: details.progress ?? 0,
  }
}

/** What is timed is said with its time, and what only waits for others with how many they are, where that is known. */
export function when({ told, isTimed }: Figures, timed?: Text): Text[] {
  if (isTimed) return timed ? [timed] : []
  const { behind } = told.details
  return behind
    ? [{ en: `${count(behind, 'other is', 'others are')} before it.`, zh: `前面还有 ${behind} 个。` }]
    : []
}

export function nextLook(figures: Figures): Text[] {
  const { at } = figures
  return when(figures, { en: `The next look is at ${at}.`, zh: `下次查看：${at}。` })
}

export function nextTry(figures: Figures): Text[] {
  const { at } = figures
  return when(figures, { en: `The next try is at ${at}.`, zh: `下次尝试：${at}。` })
}

export type Sentence = (figures: Figures) => Text

export function joined(...texts: Text[]): Text {
  return { en: texts.map(({ en }) => en).join(' '), zh: texts.map(({ zh }) => zh).join('') }
}

export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}

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

export type Sentence = (figures: Figures) => Text

export function joined(...texts: Text[]): Text {
  return { en: texts.map(({ en }) => en).join(' '), zh: texts.map(({ zh }) => zh).join('') }
}

export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}

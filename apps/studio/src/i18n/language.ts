import { onRemembered, recall, remember } from '../preferences.ts'
import { createStore, useStore } from '../store.ts'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** The shape of a dictionary: what one language says, the other has to say, too. */
export type Words<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...given: infer Given) => string
      ? (...given: Given) => string
      : Words<T[K]>
}

export const language = createStore<Language>(languageOf(recall('language'), browserLanguages()))

/** Tells the page its language, now and whenever it changes. */
export function applyLanguage(): void {
  mark()
  language.subscribe(() => {
    mark()
    remember('language', language.get())
  })
  onRemembered('language', (text) => language.set(languageOf(text, browserLanguages())))
}

/** The chosen one, else the first of the browser's that we speak, else English. */
export function languageOf(chosen: string | null, preferred: readonly string[]): Language {
  const wanted = [chosen ?? '', ...preferred].map((tag) => tag.toLowerCase().split('-')[0])
  return wanted.flatMap((tag) => languages.filter((each) => each === tag))[0] ?? 'en'
}

export function useDictionary<T>(dictionary: Record<Language, T>): T {
  return dictionary[useStore(language)]
}

function mark(): void {
  document.documentElement.lang = language.get() === 'zh' ? 'zh-CN' : 'en'
}

function browserLanguages(): readonly string[] {
  return globalThis.navigator?.languages ?? []
}

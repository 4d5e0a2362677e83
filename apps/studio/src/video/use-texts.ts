import { useDictionary } from '../i18n/language.ts'
import { en } from './texts/en.ts'
import type { Texts } from './texts/texts.ts'
import { zh } from './texts/zh.ts'

const texts: Record<'en' | 'zh', Texts> = { en, zh }

export function useTexts(): Texts {
  return useDictionary(texts)
}

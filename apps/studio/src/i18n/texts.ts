import { en } from './en.ts'
import { useDictionary, type Words } from './language.ts'
import { zh } from './zh.ts'

export type Texts = Words<typeof en>

const texts: Record<'en' | 'zh', Texts> = { en, zh }

export function useTexts(): Texts {
  return useDictionary(texts)
}

import type { Words } from '../../i18n/language.ts'
import type { en } from './en.ts'

/** Every text in every language: one that is missing is a type error. */
export type Texts = Words<typeof en>

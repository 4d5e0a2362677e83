import { expect, test } from 'vitest'
import { en } from '../../src/i18n/en.ts'
import { languageOf } from '../../src/i18n/language.ts'
import { zh } from '../../src/i18n/zh.ts'

test.each([
  ['zh', null, ['zh-CN', 'en']],
  ['en', null, ['en-GB', 'zh']],
  ['zh', null, ['fr', 'zh-Hant']],
  ['en', null, ['fr']],
  ['en', null, []],
  ['en', 'en', ['zh-CN']],
  ['zh', 'zh', ['en']],
  ['zh', 'nonsense', ['zh']],
])('the studio speaks %s where %s was chosen and the browser prefers %s', (language, chosen, preferred) => {
  expect(languageOf(chosen, preferred)).toBe(language)
})

test('no text is empty in either language', () => {
  for (const words of [en, zh]) expect(leavesOf(words).filter((text) => text === '')).toEqual([])
})

test('no text is the same in both languages but names', () => {
  const [english, chinese] = [leavesOf(en), leavesOf(zh)]
  const same = english.filter((text, i) => typeof text === 'string' && text === chinese[i])
  expect(same).toEqual(['Reelay', 'Remix'])
})

function leavesOf(words: object): unknown[] {
  return Object.values(words).flatMap((word) => (typeof word === 'object' ? leavesOf(word) : [word]))
}

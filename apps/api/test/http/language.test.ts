import { expect, test } from 'vitest'
import { preferredLanguage } from '../../src/http/language.ts'

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['zh', 'zh'],
  ['zh-CN', 'zh'],
  ['zh-Hant-TW,zh;q=0.9,en;q=0.8', 'zh'],
  ['ZH-cn', 'zh'],
  ['en', 'en'],
  ['en-GB,zh;q=0.9', 'en'],
  ['zh;q=0.4, en;q=0.5', 'en'],
  ['en;q=0, zh;q=0.1', 'zh'],
  ['fr, zh;q=0.5', 'zh'],
  ['zh, en', 'en'],
  ['*', 'en'],
  ['zh;q=0', 'en'],
  ['zh;q=0, *', 'en'],
  ['en;q=0.1, *', 'zh'],
  ['en, zh;q=0.9', 'en'],
  ['zh-TW', 'zh'],
  ['zh_CN', 'zh'],
  ['ZH', 'zh'],
  ['zh ;q=0.9 , en ; q=0.8', 'zh'],
  ['zh\t; q = 0.1, en;q=0.2', 'en'],
  ['cmn-Hans-CN, en;q=0.9', 'zh'],
  ['cmnx', 'en'],
  ['zh;q=x', 'en'],
  [`${'fr,'.repeat(5000)}zh`, 'en'],
] as const)('the header %.40j prefers %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language)
})

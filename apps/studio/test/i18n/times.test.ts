import { expect, test } from 'vitest'
import { timeAgo } from '../../src/i18n/times.ts'

const now = Date.UTC(2026, 0, 10)

test.each([
  [5_000, 'now', '现在'],
  [61_000, '1 minute ago', '1分钟前'],
  [2 * 3_600_000, '2 hours ago', '2小时前'],
  [86_400_000, 'yesterday', '昨天'],
  [8 * 86_400_000, '2 Jan 2026', '2026年1月2日'],
])('%s ms ago is “%s” and “%s”', (ms, en, zh) => {
  expect(timeAgo(now - ms, 'en', now)).toBe(en)
  expect(timeAgo(now - ms, 'zh', now)).toBe(zh)
})

import { expect, test } from 'vitest'
import { countdown, formatDuration } from '../../src/video/time.ts'

test.each([
  [0, '0 sec', '0秒'],
  [840, '0.8 sec', '0.8秒'],
  [9960, '10 sec', '10秒'],
  [59_400, '59 sec', '59秒'],
  [60_000, '1 min', '1分钟'],
  [185_000, '3 min 5 sec', '3分钟 5秒'],
  [3_599_900, '1 hr', '1小时'],
  [7_800_000, '2 hr 10 min', '2小时 10分钟'],
  [97 * 3_600_000, '4 days 1 hr', '4天 1小时'],
])('%i ms are %s', (ms, en, zh) => {
  expect(formatDuration(ms, 'en')).toBe(en)
  expect(formatDuration(ms, 'zh')).toBe(zh)
})

test('a countdown shows whole seconds, and says when it shows one less', () => {
  expect(countdown(10_000, 7500)).toEqual({ seconds: 3, nextMs: 500 })
  expect(countdown(10_000, 7000)).toEqual({ seconds: 3, nextMs: 1000 })
  expect(countdown(10_000, 10_000)).toEqual({ seconds: 0, nextMs: undefined })
  expect(countdown(10_000, 99_000)).toEqual({ seconds: 0, nextMs: undefined })
})

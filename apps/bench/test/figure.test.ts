import { expect, test } from 'vitest'
import { type Figure, lineOf } from '../src/figure.ts'
import { median, middleRound, percentile } from '../src/statistics.ts'

const polls: Figure = { name: 'polls', ours: 1714.2, bare: 2510, unit: 'polls/s', target: 0.6 }
const delay: Figure = { name: 'delay', ours: 12.34, unit: 'ms', target: 300, isMoreBetter: false }

test.each<[string, Figure, string]>([
  ['both sides and their ratio', polls, '1 714 polls/s, bare 2 510, ratio 0.68 (target ≥ 0.6: holds)'],
  [
    'a missed target',
    { ...polls, ours: 1000 },
    '1 000 polls/s, bare 2 510, ratio 0.40 (target ≥ 0.6: MISSED)',
  ],
  ['one side against its target', delay, '12.3 ms (target ≤ 300: holds)'],
  ['one side that is too large', { ...delay, ours: 301 }, '301 ms (target ≤ 300: MISSED)'],
  [
    'another side',
    { ...polls, others: { 'pg-boss': 2000 } },
    '1 714 polls/s, bare 2 510, ratio 0.68, pg-boss 2 000 (target ≥ 0.6: holds)',
  ],
  [
    'another side that is ahead',
    { ...polls, others: { 'pg-boss': 2000 }, isToLead: true },
    '1 714 polls/s, bare 2 510, ratio 0.68, pg-boss 2 000 (target ≥ 0.6: holds, ahead of pg-boss: MISSED)',
  ],
  [
    'another side that is behind',
    { ...delay, target: undefined, others: { 'pg-boss': 13 }, isToLead: true },
    '12.3 ms, pg-boss 13 (ahead of pg-boss: holds)',
  ],
  ['a figure without a target', { name: 'x', ours: 0.123, unit: 'ms' }, '0.12 ms'],
  ['a small figure', { name: 'x', ours: 0.02153, unit: 'requests' }, '0.0215 requests'],
])('a line tells of %s', (_, figure, told) => {
  expect(lineOf(figure).replace(/\s{2,}/, ' ')).toBe(`${figure.name} ${told}`)
})

test('a percentile is the value that so many are at most', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100])
  expect(percentile([], 0.5)).toBeNaN()
})

test('a median is in the middle of all rounds', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7])
})

test('of several rounds that one is told whose ratio is in the middle', () => {
  const slow = { ours: 30, bare: 60 }
  expect(middleRound([{ ours: 90, bare: 100 }, slow, { ours: 10, bare: 100 }])).toBe(slow)
})

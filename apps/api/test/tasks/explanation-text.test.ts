import { type ExplanationCode, explanationCodes, type NextStep } from '@reelay/contracts/explain'
import { errorCodes, holdReasons } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import type { Told } from '../../src/tasks/explanation/figures.ts'
import { explanationText } from '../../src/tasks/explanation/text.ts'

const now = new Date('2026-01-01T14:03:00.000Z')
const soon = '2026-01-01T14:03:20.456Z'
const tomorrow = '2026-01-02T14:00:00.000Z'

function told(because: ExplanationCode, of: Partial<Told> = {}): Told {
  const next = { what: 'look' as const, at: soon }
  const videoId = 'video_1767225660000_m7w2b4cd' as VideoId
  return {
    videoId,
    state: 'QUEUED',
    because,
    since: '2026-01-01T14:00:00.000Z',
    next,
    paid: [],
    details: {},
    ...of,
  }
}

const inBoth = (each: Told) => ({
  en: explanationText(each, { now, language: 'en' }),
  zh: explanationText(each, { now, language: 'zh' }),
})

describe('every code has its sentence in both languages', () => {
  const steps: NextStep[] = ['submit', 'search', 'give_up', 'enqueue']
  /** Moments that are always timed: nothing of theirs waits in a queue. */
  const timed: ExplanationCode[] = ['held', 'turned_away', 'may_turn_up', 'sending', 'job_missing']
  const ends: ExplanationCode[] = [
    'upstream_gone',
    'archive_lost',
    'clip_removed',
    'completed',
    'failed',
    'cancelled',
  ]
  const figures: Told['details'][] = [
    {},
    { failures: 1, behind: 0, progress: 0 },
    {
      failures: 3,
      behind: 3,
      progress: 42,
      maxInFlight: 2,
      inFlight: 2,
      credential: 'east/a',
      until: tomorrow,
    },
    ...holdReasons.map((holdBecause) => ({ holdBecause })),
    ...errorCodes.map((code) => ({ code })),
  ]
  const nextsOf = (because: ExplanationCode): Told['next'][] => [
    ...steps.map((what) => ({ what, at: soon })),
    ...(timed.includes(because) ? [] : steps.map((what) => ({ what, at: null }))),
    ...(ends.includes(because) ? [null] : []),
  ]

  test.each(explanationCodes)('%s', (because) => {
    for (const details of figures) {
      for (const next of nextsOf(because)) {
        const { en, zh } = inBoth(told(because, { details, next }))
        expect(en).toMatch(/^[A-Z][\x20-\x7e’]+\.$/)
        expect(zh).toMatch(/^\p{Script=Han}.*\p{Script=Han}.*。$|^Redis|^Reelay/u)
        for (const text of [en, zh])
          expect(text).not.toMatch(/undefined|null|NaN|Invalid| {2}|\.\.| at [.,]| at at |：。/)
      }
    }
  })
})

test.each<[Told, string]>([
  [told('in_queue', { details: { behind: 3 }, next: null }), 'Waits for its turn: 3 others are before it.'],
  [told('in_queue', { details: { behind: 1 }, next: null }), 'Waits for its turn: 1 other is before it.'],
  [
    told('held', { details: { holdBecause: 'rate_limited' } }),
    'Upstream asked us to wait (too many requests). Nothing is sent with its key now. It is sent at 14:03:20 UTC at the earliest.',
  ],
  [
    told('upstream_works', { details: { progress: 42 } }),
    'Upstream is making it (42 %). Nothing is wrong. The next look is at 14:03:20 UTC.',
  ],
  [
    told('reply_lost', {
      next: { what: 'search', at: soon },
      details: { until: '2026-01-01T14:05:00.000Z' },
    }),
    'The reply of upstream was lost. Reelay looks for the video before it would ever pay again. The next look is at 14:03:20 UTC. It gives up at 14:05:00 UTC at the earliest.',
  ],
  [
    told('reply_lost', {
      next: { what: 'search', at: soon },
      details: { until: '2026-01-01T14:02:00.000Z' },
    }),
    'The reply of upstream was lost. Reelay looks for the video before it would ever pay again. The next look is at 14:03:20 UTC.',
  ],
  [
    told('reply_lost', { next: { what: 'search', at: null }, details: { behind: 38 } }),
    'The reply of upstream was lost. Reelay looks for the video before it would ever pay again. 38 others are before it.',
  ],
  [
    told('upstream_works', { next: { what: 'look', at: null }, details: { progress: 42, behind: 0 } }),
    'Upstream is making it (42 %). Nothing is wrong.',
  ],
  [
    told('overdue', { details: { progress: 7, until: tomorrow } }),
    'Upstream takes longer than usual (7 %). It may still finish, and is followed until 2026-01-02 14:00:00 UTC. The next look is at 14:03:20 UTC.',
  ],
  [
    told('failed', { details: { code: 'upstream_lost' }, next: null }),
    'What it was to be made from is no longer there.',
  ],
  [
    told('failed', { details: { code: 'upstream_lost', credential: 'east/a' }, next: null }),
    'Upstream no longer has the video.',
  ],
])('what is waited for is said with its figures and in times of UTC: %#', (each, text) => {
  expect(inBoth(each).en).toBe(text)
})

import type { TimelineEvent } from '@reelay/contracts/timeline'
import { expect, test } from 'vitest'
import { foldEvents } from '../../../src/video/timeline/fold-events.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')

function anEvent(what: TimelineEvent['what'], seconds: number, changes: Partial<TimelineEvent> = {}) {
  const at = new Date(start + seconds * 1000).toISOString()
  return {
    at,
    what,
    attempt: 1,
    credential: null,
    code: null,
    upstreamCode: null,
    progress: null,
    ...changes,
  }
}

test('progress in a row is one entry', () => {
  const entries = foldEvents([
    anEvent('accepted', 0),
    anEvent('progress', 5, { progress: 10 }),
    anEvent('progress', 10, { progress: 40 }),
    anEvent('overdue', 20),
    anEvent('progress', 25, { progress: 50 }),
  ])
  expect(entries.map(({ event, notes }) => [event.what, notes.map(({ progress }) => progress)])).toEqual([
    ['accepted', []],
    ['progress', [10, 40]],
    ['overdue', []],
    ['progress', [50]],
  ])
})

test('progress of another attempt is another entry', () => {
  const events = [
    anEvent('progress', 0, { progress: 90 }),
    anEvent('progress', 9, { attempt: 2, progress: 10 }),
  ]
  expect(foldEvents(events)).toHaveLength(2)
})

test('an entry tells how long after the event before it it came', () => {
  const entries = foldEvents([
    anEvent('sending', 0),
    anEvent('accepted', 2),
    anEvent('progress', 5, { progress: 10 }),
    anEvent('progress', 15, { progress: 60 }),
    anEvent('completed', 20),
  ])
  expect(entries.map(({ afterMs }) => afterMs)).toEqual([undefined, 2000, 3000, 5000])
})

test('the first entry of each day says so', () => {
  const day = 86_400
  const entries = foldEvents([anEvent('failed', 0), anEvent('retried', day), anEvent('sending', day + 1)])
  expect(entries.map(({ startsDay }) => startsDay)).toEqual([true, true, false])
})

test('a key is told where it is another than before', () => {
  const [one, two] = [{ credential: 'main' }, { credential: 'spare' }]
  const entries = foldEvents([
    anEvent('created', 0),
    anEvent('sending', 1, one),
    anEvent('accepted', 2, one),
    anEvent('second_try', 3),
    anEvent('sending', 4, two),
  ])
  expect(entries.map(({ credential }) => credential)).toEqual([
    undefined,
    'main',
    undefined,
    undefined,
    'spare',
  ])
})

test('a clock that was set back makes no negative time', () => {
  expect(foldEvents([anEvent('sending', 3), anEvent('accepted', 2)])[1]?.afterMs).toBe(0)
})

import { CredentialId } from '@reelay/contracts/credential'
import type { CallTally } from '@reelay/contracts/upstream-calls'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tallyCalls } from '../src/call-tally.ts'
import { createEvents } from '../src/events.ts'

const [east, west] = ['east/a', 'west/a'].map((id) => CredentialId.parse(id)) as [CredentialId, CredentialId]
const log = pino({ level: 'silent' })

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('calls are handed on together, by credential, operation and outcome', async () => {
  const { call, handed } = aTallyOf()
  call(east, 'created')
  call(east, 'created')
  call(west, 'created')
  await vi.advanceTimersByTimeAsync(9_999)
  expect(handed).toEqual([])
  call(east, 'refused')
  await vi.advanceTimersByTimeAsync(1)
  expect(handed).toEqual([
    [
      { credential: east, operation: 'submit', outcome: 'created', count: 2, lastAgoMs: 10_000 },
      { credential: west, operation: 'submit', outcome: 'created', count: 1, lastAgoMs: 10_000 },
      { credential: east, operation: 'submit', outcome: 'refused', count: 1, lastAgoMs: 1 },
    ],
  ])
})

test('a process that calls nobody hands on nothing', async () => {
  const { call, handed, tally } = aTallyOf()
  await vi.advanceTimersByTimeAsync(60_000)
  await tally.close()
  expect(handed).toEqual([])
  call(east, 'created')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(handed).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('what could not be handed on is not handed on again', async () => {
  const { call, handed, refuse } = aTallyOf()
  call(east, 'created')
  refuse(true)
  await vi.advanceTimersByTimeAsync(10_000)
  refuse(false)
  call(east, 'refused')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(handed.map((tallies) => tallies.map(({ outcome }) => outcome))).toEqual([['created'], ['refused']])
})

test('a video that was found again is counted beside the calls', async () => {
  const { events, handed, tally } = aTallyOf()
  events.emit('videoFoundAgain', { credential: east })
  await tally.close()
  expect(handed).toMatchObject([[{ credential: east, operation: 'foundAgain', outcome: 'video', count: 1 }]])
})

test('closing hands on what is left', async () => {
  const { call, handed, tally } = aTallyOf()
  call(east, 'created')
  await tally.close()
  expect(handed).toHaveLength(1)
})

function aTallyOf() {
  const events = createEvents()
  const handed: CallTally[][] = []
  let refuses = false
  const add = async (tallies: CallTally[]) => {
    handed.push(tallies)
    if (refuses) throw new Error('connection refused')
  }
  return {
    events,
    handed,
    tally: tallyCalls(events, { add, log }),
    call: (credential: CredentialId, outcome: string) =>
      events.emit('upstreamCalled', { credential, operation: 'submit', outcome, seconds: 0.1 }),
    refuse: (does: boolean) => {
      refuses = does
    },
  }
}

import { CredentialId } from '@reelay/contracts/credential'
import type { CallTally } from '@reelay/contracts/upstream-calls'
import { expect, test } from 'vitest'
import { createCallCounts } from '../src/call-counts.ts'
import { keyPrefix } from '../src/queues.ts'
import { aConnection, aPrefix } from './redis.ts'

const [east, west] = ['east/a', 'west/a'].map((id) => CredentialId.parse(id)) as [CredentialId, CredentialId]
const created = { credential: east, operation: 'submit', outcome: 'created' }
const minuteMs = 60_000

test('what several processes counted is one sum', async () => {
  const { here, there } = someCounts()
  await here.add([aTally({ count: 2 }), aTally({ outcome: 'refused' })])
  await there.add([
    aTally({ count: 3 }),
    aTally({ credential: west, operation: 'retrieve', outcome: 'video' }),
  ])
  const counts = await here.lastHour()
  expect(counts).toHaveLength(3)
  expect(counts).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...created, count: 5 }),
      expect.objectContaining({ ...created, outcome: 'refused', count: 1 }),
      expect.objectContaining({ credential: west, operation: 'retrieve', outcome: 'video', count: 1 }),
    ]),
  )
})

test('the last call of a kind is the latest of all, whoever tells of it last', async () => {
  const { here, there, clock } = someCounts()
  const before = await clock()
  await here.add([aTally({ lastAgoMs: 0 })])
  await there.add([aTally({ lastAgoMs: 9000 })])
  const [call] = await here.lastHour()
  expect(call?.lastAt.getTime()).toBeGreaterThanOrEqual(before)
  expect(call?.lastAt.getTime()).toBeLessThanOrEqual(await clock())
})

test('what was counted more than an hour ago counts no more, and is remembered as the last', async () => {
  const { here, clock, age } = someCounts()
  const before = await clock()
  await here.add([aTally({ count: 4 })])
  await age(58)
  expect(await here.lastHour()).toMatchObject([{ ...created, count: 4 }])
  await age(3)
  const [call] = await here.lastHour()
  expect(call).toMatchObject({ ...created, count: 0 })
  expect(call?.lastAt.getTime()).toBeGreaterThanOrEqual(before)
})

test('every minute is forgotten by itself, and a last call after a month', async () => {
  const { here, keys, connection, prefix } = someCounts()
  await here.add([aTally({ lastAgoMs: 29 * 24 * 60 * minuteMs }), aTally({ credential: west })])
  for (const key of await keys()) {
    expect(await connection.pttl(key)).toBeGreaterThan(59 * minuteMs)
    expect(await connection.pttl(key)).toBeLessThanOrEqual(61 * minuteMs)
  }
  const month = 31 * 24 * 60 * minuteMs
  await connection.zincrby(`${keyPrefix(prefix)}:last-calls`, -month, 'east/a submit created')
  await here.add([aTally({ credential: west })])
  expect((await here.lastHour()).map(({ credential }) => credential)).toEqual([west])
})

test('an hour of nothing is empty', async () => {
  expect(await someCounts().here.lastHour()).toEqual([])
})

test('without Redis nothing is counted and nobody waits', async () => {
  const connection = aConnection('producer', 'redis://127.0.0.1:1')
  const counts = createCallCounts({ connection, prefix: aPrefix() })
  await expect(counts.add([aTally()])).rejects.toThrow()
  await expect(counts.lastHour()).rejects.toThrow()
})

function aTally(of: Partial<CallTally> = {}): CallTally {
  return { ...created, count: 1, lastAgoMs: 0, ...of }
}

/** The counts of two processes, and a way to let time pass. */
function someCounts() {
  const prefix = aPrefix()
  const connection = aConnection('worker')
  const keys = () => connection.keys(`${keyPrefix(prefix)}:calls:*`)
  return {
    connection,
    prefix,
    keys,
    here: createCallCounts({ connection, prefix }),
    there: createCallCounts({ connection: aConnection('worker'), prefix }),

    async clock(): Promise<number> {
      const [seconds, microseconds] = await connection.time()
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
    },

    /** Makes what was counted older by so many minutes. */
    async age(minutes: number): Promise<void> {
      for (const key of await keys()) {
        const [, start, minute] = /^(.*:)(\d+)$/.exec(key) ?? []
        await connection.rename(key, `${start}${Number(minute) - minutes}`)
      }
    },
  }
}

import type { Lane } from '@reelay/contracts/lanes'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createLateLooks, type LateLooks } from '../src/late-looks.ts'
import { aConnection, aLane, aPrefix, aRedis, redisUrl } from './redis.ts'

let prefix: string
let redis: ReturnType<typeof aConnection>
let looks: LateLooks
beforeEach(async () => {
  prefix = aPrefix()
  redis = await ready()
  looks = createLateLooks({ connection: redis, prefix, heldMs: LONG_MS })
})

const LONG_MS = 600_000
const SHORT_MS = 100

/** Those that somebody is still thought to look at. */
async function heldIn(lane: Lane, by = looks): Promise<Set<string>> {
  return new Set([...(await by.of(lane))].filter(([, ms]) => ms > 0).map(([name]) => name))
}

test('a lane without late looks has none', async () => {
  expect(await looks.of(aLane())).toEqual(new Map())
})

test('late looks are there for every worker until they are released', async () => {
  const lane = aLane()
  await looks.hold(lane, ['one', 'two', 'three'])
  const elsewhere = createLateLooks({ connection: await ready(), prefix })
  expect(await heldIn(lane, elsewhere)).toEqual(new Set(['one', 'two', 'three']))
  await looks.release('two')
  await looks.release('unheard of')
  expect(await heldIn(lane, elsewhere)).toEqual(new Set(['one', 'three']))
  await elsewhere.release('one')
  expect(await heldIn(lane, elsewhere)).toEqual(new Set(['one', 'three']))
  await looks.release('one')
  await looks.release('three')
  expect(await heldIn(lane)).toEqual(new Set())
  expect(await redis.keys(`*${prefix}*`)).toEqual([])
})

test('late looks are there though Redis can write nothing', async () => {
  const lane = aLane()
  const { start } = await aRedis()
  const own = await ready((await start()).url)
  const late = createLateLooks({ connection: own, prefix, heldMs: LONG_MS })
  await late.hold(lane, ['one'])
  await own.replicaof('127.0.0.1', 1)
  await expect(late.hold(lane, ['two'])).rejects.toThrow(/READONLY/)
  await vi.waitFor(async () => expect(await heldIn(lane, late)).toEqual(new Set(['one'])))
})

test('late looks of a lane are none of another', async () => {
  const lane = aLane(7)
  const others = [{ ...lane, phase: 8 }, { ...lane, phase: 0 }, aLane(7)]
  await looks.hold(lane, ['one'])
  for (const other of others) expect(await heldIn(other)).toEqual(new Set())
  const another = createLateLooks({ connection: redis, prefix: aPrefix() })
  expect(await heldIn(lane, another)).toEqual(new Set())
})

test('late looks come together, whoever holds them', async () => {
  const lane = aLane()
  const elsewhere = createLateLooks({ connection: redis, prefix, heldMs: LONG_MS })
  await Promise.all([looks.hold(lane, ['one']), elsewhere.hold(lane, ['two']), looks.hold(lane, ['three'])])
  expect(await heldIn(lane)).toEqual(new Set(['one', 'two', 'three']))
})

test('a late look stays for as long as it is held', async () => {
  const lane = aLane()
  const holder = createLateLooks({ connection: redis, prefix, heldMs: SHORT_MS })
  const written = vi.spyOn(redis, 'eval')
  await holder.hold(lane, ['one'])
  await vi.waitFor(() => expect(written.mock.calls.length).toBeGreaterThan(20))
  await holder.release('one')
  expect(await redis.keys(`*${prefix}*`)).toEqual([])
  const count = written.mock.calls.length
  await holder.hold(lane, ['two'])
  await vi.waitFor(() => expect(written.mock.calls.length).toBeGreaterThan(count + 5))
})

test('what a process held that is gone is told once, as held no longer', async () => {
  const lane = aLane()
  await heldByOneThatIsGone(lane)
  const seen: number[] = []
  await vi.waitFor(async () => {
    seen.push((await looks.of(lane)).get('one') as number)
    expect(seen.at(-1)).toBeLessThanOrEqual(0)
  })
  for (const ms of seen.slice(0, -1)) expect(ms).toBeGreaterThan(0)
  expect(await looks.of(lane)).toEqual(new Map())
  expect(await redis.keys(`*${prefix}*`)).toEqual([])
})

test('what a process held that is gone is soon forgotten, though nobody asks', async () => {
  await heldByOneThatIsGone(aLane())
  await expect.poll(() => redis.keys(`*${prefix}*`)).toEqual([])
})

async function heldByOneThatIsGone(lane: Lane): Promise<void> {
  const gone = await ready()
  const holder = createLateLooks({ connection: gone, prefix, heldMs: SHORT_MS })
  await holder.hold(lane, ['one'])
  gone.disconnect()
}

test.each([
  ['ahead of', 3_600_000],
  ['behind', -3_600_000],
])('late looks stay though the clock of who holds them is %s others', async (_, shiftMs) => {
  const lane = aLane()
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const now = Date.now()
  vi.setSystemTime(now + shiftMs)
  await looks.hold(lane, ['there'])
  vi.setSystemTime(now)
  expect(await heldIn(lane)).toEqual(new Set(['there']))
})

test('thousands of looks may be late at once', async () => {
  const lane = aLane()
  const names = Array.from({ length: 7000 }, (_, n) => `video_1762500000000_${n}-1`)
  await looks.hold(lane, names)
  expect(await heldIn(lane)).toEqual(new Set(names))
})

async function ready(url = redisUrl) {
  const connection = aConnection('producer', url)
  await expect.poll(() => connection.status).toBe('ready')
  return connection
}

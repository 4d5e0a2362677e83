import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createPages } from '../src/pages/pages.ts'
import { aList, followed, INTERVAL_MS, SLOW_MS } from './pages/a-list.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

let worker: TestWorker
let incomplete: TestWorker
beforeAll(async () => {
  const upstream = { pollTimeoutMs: 60_000 }
  worker = await buildTestWorker({ upstream })
  incomplete = await buildTestWorker({ upstream, dialect: { list: { complete: false } } })
})
afterAll(() => Promise.all([worker.close(), incomplete.close()]))

const lanesOf = (tasks: ProcessingTask[], count: number) =>
  Array.from({ length: count }, (_, lane) => tasks.filter((_, n) => n % count === lane))

describe('few pages tell of many videos', () => {
  test('once they have their places, of all, to lane after lane', async () => {
    const list = await aList(worker)
    const tasks = await list.make(250)
    await list.settled(tasks)
    await list.pass(INTERVAL_MS)
    await list.listed()
    const lanes = lanesOf(tasks, 25)
    for (const lane of lanes) {
      const told = await list.tell(lane)
      expect(told.size).toBe(lane.length)
      await list.expectTrue(told)
    }
    expect(await list.listed()).toBeLessThanOrEqual(4)
    expect(list.asked).toEqual([])
  })

  test('the first time those of the first page, and the others are looked for meanwhile', async () => {
    const list = await aList(worker)
    const tasks = await list.make(250)
    expect((await list.tell(tasks)).size).toBe(100)
    await list.settled(tasks)
    expect(await list.listed()).toBeLessThanOrEqual(5)
  })

  test('while others are made all the time', async () => {
    const list = await aList(worker)
    const tasks = await list.make(150)
    await list.settled(tasks)
    for (let round = 0; round < 6; round += 1) {
      tasks.push(...(await list.make(30)))
      await list.pass(INTERVAL_MS / 2 + 1)
      await list.expectTrue(await list.settled(tasks))
    }
    // Four pages to read at the end, and some to find what the first page has lost.
    expect(await list.listed()).toBeLessThanOrEqual(30)
  })

  test('two that want the same page ask for it once', async () => {
    const list = await aList(worker)
    const lanes = lanesOf(await list.make(20), 2)
    const told = await Promise.all(lanes.map((lane) => list.tell(lane)))
    expect(told.map(({ size }) => size)).toEqual([10, 10])
    expect(await list.listed()).toBe(1)
  })

  test('a page is asked for again after half an interval', async () => {
    const list = await aList(worker)
    const tasks = await list.make(5)
    await list.tell(tasks)
    await list.pass(INTERVAL_MS / 2)
    await list.tell(tasks)
    expect(await list.listed()).toBe(1)
    await list.pass(1)
    await list.expectTrue(await list.tell(tasks))
    expect(await list.listed()).toBe(1)
  })

  test('a page is not read for one video alone', async () => {
    const list = await aList(worker)
    const tasks = await list.make(150)
    await list.settled(tasks)
    const [oldest] = tasks as [ProcessingTask]
    const lane = [oldest, ...tasks.slice(-5)]
    await list.pass(INTERVAL_MS)
    expect((await list.tell(lane)).size).toBe(6)
    await list.pass(INTERVAL_MS)
    const told = await list.tell(lane)
    expect(told.size).toBe(5)
    expect(told.has(oldest.externalTaskId)).toBe(false)
  })

  test('also when the video that a page began behind is deleted', async () => {
    const list = await aList(worker)
    const tasks = await list.make(250)
    await list.settled(tasks)
    for (const [n, { externalTaskId }] of tasks.entries()) {
      if (n % 5 === 4)
        await fetch(`${worker.simulator.adminUrl}/videos/${externalTaskId}`, { method: 'DELETE' })
    }
    const left = tasks.filter((_, n) => n % 5 !== 4)
    await list.pass(INTERVAL_MS)
    await list.expectTrue(await list.settled(left))
    expect(list.warnings()).toEqual([])
  })

  test('a video that is in no page is looked for once a minute', async () => {
    const list = await aList(worker)
    const tasks = [...(await list.make(10)), followed('nowhere')]
    for (let second = 0; second < 50; second += INTERVAL_MS / 1000) {
      expect((await list.tell(tasks)).size).toBe(10)
      await list.pass(INTERVAL_MS)
    }
    expect(await list.listed()).toBe(10)
  })
})

describe('not told of by a page', () => {
  test('videos that have ended', async () => {
    const list = await aList(worker)
    await worker.setScript(0, 20_000)
    const ended = await list.make(4)
    await list.pass(10_000)
    const running = (await list.make(4)).map((task) => ({ ...task, progress: 40 }))
    await list.pass(10_000)
    const told = await list.tell([...ended, ...running])
    expect([...told.keys()].toSorted()).toEqual(running.map((task) => task.externalTaskId).toSorted())
    await list.expectTrue(told)
  })

  test('a lane of few, or of an incomplete list', async () => {
    const list = await aList(worker)
    const tasks = await list.make(4)
    expect((await list.tell(tasks.slice(1))).size).toBe(0)
    const others = await aList(incomplete)
    expect((await others.tell(await others.make(10))).size).toBe(0)
    expect(await list.listed()).toBe(0)
    expect(await others.listed()).toBe(0)
  })

  test('what nobody has a credential for', async () => {
    const { log, upstreams } = worker
    const pages = createPages({ upstreams, pollIntervalMs: INTERVAL_MS, log })
    const tasks = ['a', 'b', 'c', 'd'].map((id) => followed(id))
    const timing = { withinMs: 1000, observe: async () => undefined }
    expect((await pages.tell('gone/gone' as never, tasks, timing)).size).toBe(0)
  })

  test('an import whose prompt is not known yet', async () => {
    const list = await aList(worker)
    const [first, ...others] = await list.make(5)
    const imported = { ...(first as ProcessingTask), isImport: true, hasPrompt: false }
    const told = await list.tell([imported, ...others])
    expect(told.has(imported.externalTaskId)).toBe(false)
    expect(told.size).toBe(4)
  })

  test.each<[string, Partial<ProcessingTask>]>([
    ['was missing when it was asked for', { pollTrouble: { attempt: 1, misses: 1, missingSince: 1 } }],
    ['could not be asked for', { pollTrouble: { attempt: 1, failures: 1 } }],
    ['had nothing to play', { pollTrouble: { attempt: 1, empties: 1 } }],
    ['was to wait', { pollTrouble: { attempt: 1, notBefore: 1 } }],
    ['is overdue', { overdue: true }],
  ])('one that %s', async (_, of) => {
    const list = await aList(worker)
    const [first, ...others] = (await list.make(5)) as [ProcessingTask]
    const told = await list.tell([{ ...first, ...of }, ...others])
    expect(told.has(first.externalTaskId)).toBe(false)
    expect(told.size).toBe(4)
  })

  test('one that seems to have gone on by more than twenty percent', async () => {
    const list = await aList(worker)
    await worker.setScript(0, 100_000)
    const fast = await list.make(1)
    await list.pass(20_000)
    const tasks = [...fast, ...(await list.make(4))]
    expect((await list.tell(tasks)).size).toBe(5)
    await list.pass(5000)
    const told = await list.tell(tasks)
    expect([...told.keys()].toSorted()).toEqual(
      tasks
        .slice(1)
        .map((task) => task.externalTaskId)
        .toSorted(),
    )
  })

  test('any of a page where one went backwards', async () => {
    const list = await aList(worker)
    const tasks = await list.make(10)
    const [first, ...others] = tasks as [ProcessingTask, ...ProcessingTask[]]
    expect((await list.tell([{ ...first, progress: 30 }, ...others])).size).toBe(0)
    expect((await list.tell(tasks)).size).toBe(0)
    await list.pass(INTERVAL_MS)
    expect((await list.tell(tasks)).size).toBe(10)
  })
})

describe('a list that lies makes no difference but in requests', () => {
  test.each(['list_short', 'list_shuffled'])('%s', async (fault) => {
    const list = await aList(worker)
    await worker.setScript(0, 3_600_000)
    const tasks = await list.make(250)
    await worker.arm(fault, 'list', { count: 10_000 })
    for (let round = 0; round < 10; round += 1) {
      await list.expectTrue(await list.tell(tasks))
      await list.pass(INTERVAL_MS)
    }
    expect(await list.listed()).toBeLessThan(10 * 40)
    await worker.disarm()
    await list.settled(tasks, INTERVAL_MS)
  })

  test('list_frozen, of one video: it is asked for after a minute, and then ever more rarely', async () => {
    const list = await aList(worker)
    await worker.setScript(0, 30_000)
    const [frozen] = (await list.make(1)) as [ProcessingTask]
    await worker.setScript(0, SLOW_MS)
    const others = await list.make(9)
    await worker.arm('list_frozen', 'list', { value: 9, count: 10_000 })
    const askedAt: number[] = []
    for (let ms = 0; ms < 300_000; ms += INTERVAL_MS) {
      // As far as any of them is, so that none has jumped.
      const progress = Math.floor((99 * ms) / SLOW_MS)
      const told = await list.tell([frozen, ...others.map((task) => ({ ...task, progress }))])
      if (!told.delete(frozen.externalTaskId)) askedAt.push(ms)
      expect(told.size).toBe(9)
      await list.pass(INTERVAL_MS)
    }
    expect(askedAt).toEqual([60_000, 120_000, 240_000])
    const alone = await worker.upstream.retrieve(frozen.externalTaskId)
    expect(alone).toMatchObject({ kind: 'video', video: { status: 'completed' } })
    expect(list.warnings()).toEqual([])
  })

  test('a list that tells another size', async () => {
    const list = await aList(worker)
    const tasks = (await list.make(5)).map((task) => ({ ...task, size: '1x1', model: null, seconds: '1' }))
    const told = await list.tell(tasks)
    expect(told.size).toBe(5)
    for (const { externalTaskId } of tasks) {
      const video = { id: externalTaskId, status: 'in_progress', rawStatus: 'in_progress', progress: 0 }
      expect(told.get(externalTaskId)).toEqual({ kind: 'video', video })
    }
  })

  test('list_forged, of whose four lies none is told', async () => {
    const list = await aList(worker)
    const tasks = await list.make(20)
    await worker.arm('list_forged', 'list', { count: 10_000 })
    expect((await list.tell(tasks)).size).toBe(0)
    await list.pass(INTERVAL_MS)
    expect((await list.tell(tasks)).size).toBe(0)
  })

  test('list_cached, by its time', async () => {
    const list = await aList(worker)
    const tasks = await list.make(20)
    await list.settled(tasks)
    await worker.arm('list_cached', 'list', { count: 10_000 })
    await list.pass(INTERVAL_MS)
    expect((await list.tell(tasks)).size).toBe(0)
    expect(list.warnings()).toEqual([{ msg: 'upstream list unavailable', reason: 'its time stands still' }])
  })

  test('a list whose time goes back', async () => {
    const list = await aList(worker)
    const tasks = await list.make(20)
    await list.settled(tasks)
    await fetch(`${worker.simulator.adminUrl}/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ offsetMs: -60_000 }),
    })
    await list.pass(INTERVAL_MS)
    expect((await list.tell(tasks)).size).toBe(0)
  })

  test('list_stands, by a sample, for five minutes', async () => {
    const list = await aList(worker, { random: sampleEach(10) })
    await worker.setScript(0, 30_000)
    const tasks = await list.make(20)
    await worker.arm('list_stands', 'list', { count: 10_000 })
    await list.expectTrue(await list.tell(tasks))
    await list.pass(INTERVAL_MS)
    const told = await list.tell(tasks)
    expect(told.size).toBe(2)
    await list.expectTrue(told)
    const distrusted = { msg: 'list not trusted', reason: 'what it says of a video is not so' }
    expect(list.warnings()).toEqual([distrusted])

    await worker.disarm()
    await list.listed()
    await list.pass(299_000)
    const others = await list.make(5)
    expect((await list.tell(others)).size).toBe(0)
    expect(await list.listed()).toBe(0)
    await list.pass(1000)
    expect((await list.tell(others)).size).toBe(5)
  })
})

describe('a sample', () => {
  test('is told as it was said, and so are the others', async () => {
    const list = await aList(worker, { random: sampleEach(10) })
    const tasks = await list.make(20)
    await list.pass(INTERVAL_MS)
    const told = await list.tell(tasks)
    expect(told.size).toBe(20)
    expect(list.asked).toHaveLength(2)
    await list.expectTrue(told)
  })

  test('that has ended since its page was asked for says nothing against the list', async () => {
    const list = await aList(worker, { random: sampleEach(10) })
    await worker.setScript(0, 20_000)
    const tasks = (await list.make(20)).map((task) => ({ ...task, progress: 90 }))
    await list.pass(19_000)
    await list.tell(tasks)
    await list.pass(2000)
    const told = await list.tell(tasks)
    const ends = [...told.values()].filter(
      (each) => each.kind === 'video' && each.video.status === 'completed',
    )
    expect(ends).toHaveLength(2)
    expect(list.warnings()).toEqual([])
    expect(await list.listed()).toBe(2)
  })

  test('that goes on fast says nothing against the list', async () => {
    const list = await aList(worker, { random: sampleEach(10) })
    await worker.setScript(0, 20_000)
    const tasks = await list.make(20)
    await list.tell(tasks)
    await list.pass(2000)
    expect((await list.tell(tasks)).size).toBe(20)
    expect(list.warnings()).toEqual([])
  })

  test('that is slow, or fails, is left to its page', async () => {
    const list = await aList(worker, { random: sampleEach(10) })
    const tasks = await list.make(20)
    const slow = await list.tell(tasks, { observe: () => new Promise(() => {}), withinMs: 900 })
    expect(slow.size).toBe(20)
    const failing = await list.tell(tasks, { observe: () => Promise.reject(new Error('no')) })
    expect(failing.size).toBe(20)
  })

  test('leaves only itself told while the list can’t be read again', async () => {
    const list = await aList(worker, { random: sampleEach(10) })
    await worker.setScript(0, 20_000)
    const tasks = await list.make(20)
    await list.tell(tasks)
    await worker.arm('server_error', 'list')
    await list.pass(2000)
    const told = await list.tell(tasks)
    expect(told.size).toBe(2)
    await list.expectTrue(told)
  })
})

describe('a list that can’t be read', () => {
  test.each([
    ['server_error', {}, 60_000, 'upstream answered 502'],
    ['bad_json', {}, 60_000, 'answer without a list'],
    ['rate_limit', { value: 120 }, 120_000, 'upstream answered 429'],
  ])('%s: is left alone for a while', async (fault, more, ms, reason) => {
    const list = await aList(worker)
    await worker.setScript(0, 3_600_000)
    const tasks = await list.make(10)
    await worker.arm(fault, 'list', more)
    expect((await list.tell(tasks)).size).toBe(0)
    expect(list.warnings()).toEqual([{ msg: 'upstream list unavailable', reason }])
    await list.listed()
    await list.pass(ms - 1)
    expect((await list.tell(tasks)).size).toBe(0)
    expect(await list.listed()).toBe(0)
    await list.pass(1)
    expect((await list.tell(tasks)).size).toBe(10)
  })

  test('in part is asked for nothing more', async () => {
    const list = await aList(worker)
    const tasks = await list.make(150)
    await list.settled(tasks)
    await list.pass(INTERVAL_MS)
    expect((await list.tell(tasks.slice(-5))).size).toBe(5)
    await worker.arm('server_error', 'list')
    expect((await list.tell(tasks)).size).toBe(0)
    expect((await list.tell(tasks.slice(-5))).size).toBe(0)
  })

  test('in time is waited for no longer, and what is known by then is told', async () => {
    const list = await aList(worker)
    const tasks = await list.make(150)
    await list.settled(tasks)
    const first = tasks.slice(-5)
    const others = tasks.slice(0, 40)
    await list.pass(INTERVAL_MS)
    expect((await list.tell(first)).size).toBe(5)
    await worker.arm('accept_silence', 'list', { count: 100 })
    const told = await list.tell([...first, ...others], { withinMs: 300 })
    expect([...told.keys()].toSorted()).toEqual(first.map((task) => task.externalTaskId).toSorted())
  })

  test('three times in the time that a page is kept is left alone for a minute', async () => {
    const list = await aList(worker)
    const tasks = await list.make(10)
    for (let times = 0; times < 3; times += 1) {
      expect(list.warnings()).toEqual([])
      const telling = list.tell(tasks)
      vi.advanceTimersByTime(INTERVAL_MS / 2 + 1)
      expect((await telling).size).toBe(0)
    }
    expect(list.warnings()).toEqual([{ msg: 'upstream list unavailable', reason: 'slow' }])
    await list.tell(tasks)
    expect(await list.listed()).toBe(3)
  })

  test('again and again is left alone for twice as long each time', async () => {
    const list = await aList(worker)
    await worker.setScript(0, 36_000_000)
    const tasks = await list.make(10)
    await worker.arm('server_error', 'list', { count: 3 })
    for (const ms of [60_000, 120_000, 240_000]) {
      expect((await list.tell(tasks)).size).toBe(0)
      await list.pass(ms - 1)
      await list.listed()
      expect((await list.tell(tasks)).size).toBe(0)
      expect(await list.listed()).toBe(0)
      await list.pass(1)
    }
    expect((await list.tell(tasks)).size).toBe(10)
  })

  test('is not left alone for longer once it has come in time for five minutes', async () => {
    const list = await aList(worker)
    await worker.setScript(0, 36_000_000)
    const tasks = await list.make(10)
    await worker.arm('server_error', 'list')
    await list.tell(tasks)
    for (const ms of [60_000, 150_000, 150_000]) {
      await list.pass(ms)
      await list.tell(tasks)
    }
    await worker.arm('server_error', 'list')
    await list.pass(INTERVAL_MS)
    await list.tell(tasks)
    await list.pass(60_000)
    expect((await list.tell(tasks)).size).toBe(10)
  })
})

/** Chooses one of so many. */
function sampleEach(count: number): () => number {
  let n = 0
  return () => {
    n += 1
    return n % count === 0 ? 0 : 1
  }
}

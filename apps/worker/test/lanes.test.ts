import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dueSince, laneOf } from '@reelay/contracts/lanes'
import type { TaskRow } from '@reelay/db/schema'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSteps } from '../src/steps.ts'
import { sweep } from '../src/sweep.ts'
import { startOddUpstream } from './odd-upstream.ts'
import { aDialect, buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

const INTERVAL_MS = 3000
/** Accepted at the same phase, some intervals ago. */
const acceptedAt = new Date(Date.now() - (Date.now() % 5000) - 60_000 + 1234)

let upstream: Awaited<ReturnType<typeof startOddUpstream>>
let worker: TestWorker
let looks: string[]
let held: Map<string, ServerResponse>
/** What upstream answers of each video; 60 % of a video that is being made where nothing else is said. */
let answers: Map<string, (response: ServerResponse) => void>

beforeEach(async () => {
  looks = []
  held = new Map()
  answers = new Map()
  upstream = await startOddUpstream(({ url = '' }: IncomingMessage, response) => {
    const id = url.split('/').at(-1) ?? ''
    looks.push(id)
    const answer = answers.get(id)
    if (answer) answer(response)
    else made(id, response)
  })
  worker = await buildTestWorker({
    upstream: { baseUrl: upstream.baseUrl, pollTimeoutMs: 60_000 },
    dialect: { list: null },
    poll: { intervalMs: INTERVAL_MS },
  })
})
afterEach(async () => {
  await upstream.close()
  await worker.close()
})

function made(id: string, response: ServerResponse) {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ id, status: 'in_progress', progress: 60 }))
}

function hold(id: string) {
  answers.set(id, (response) => held.set(id, response))
}

async function inLane(id: string, of: Partial<TaskRow> = {}): Promise<TaskRow & { acceptedAt: Date }> {
  const task = await worker.aTask({ status: 'PROCESSING', externalTaskId: id as never, acceptedAt, ...of })
  return { ...task, acceptedAt: task.acceptedAt ?? acceptedAt }
}

const progressOf = async ({ videoId }: Pick<TaskRow, 'videoId'>) =>
  (await worker.tasks.find(videoId))?.progress

test('a tick looks at every task of its lane, and at no other', async () => {
  const ours = [await inLane('a'), await inLane('b'), await inLane('c')]
  const [next, other] = [
    await inLane('d', { acceptedAt: new Date(acceptedAt.getTime() + 100) }),
    await inLane('e', { credential: 'other/one' as never }),
  ]
  const news = vi.spyOn(worker.moves, 'applyNews')
  const [first] = ours
  expect(await worker.pollLane(first as TaskRow)).toMatchObject({
    kind: 'snooze',
    notes: { tasks: 3, late: 0 },
  })
  expect(looks.toSorted()).toEqual(['a', 'b', 'c'])
  for (const task of ours) expect(await progressOf(task)).toBe(60)
  for (const task of [next, other]) expect(await progressOf(task)).toBe(0)
  expect(worker.announced).toHaveLength(3)
  expect(news.mock.calls.flat(2)).toHaveLength(3)
})

test('a slow answer keeps no other waiting, and nobody asks for it twice', async () => {
  const [slow, quick] = [await inLane('slow'), await inLane('quick')]
  hold('slow')
  const startedAt = performance.now()
  expect(await worker.pollLane(quick)).toMatchObject({ notes: { tasks: 2, late: 1 } })
  expect(performance.now() - startedAt).toBeLessThan(60_000 / 2)
  expect(await progressOf(quick)).toBe(60)

  for (const isElsewhere of [false, true, true, false])
    expect(await worker.pollLane(quick, isElsewhere)).toMatchObject({ notes: { tasks: 2, late: 1 } })
  expect(looks.filter((id) => id === 'slow')).toHaveLength(1)
  expect(looks.filter((id) => id === 'quick')).toHaveLength(5)

  answers.delete('slow')
  made('slow', held.get('slow') as ServerResponse)
  await vi.waitFor(async () => expect(await progressOf(slow)).toBe(60))
  await vi.waitFor(async () => {
    await worker.pollLane(quick, true)
    expect(looks.filter((id) => id === 'slow')).toHaveLength(2)
  })
})

test('what a worker was looking at that died is looked at before the next tick', async () => {
  const calm = await buildTestWorker({
    upstream: { baseUrl: upstream.baseUrl },
    dialect: { list: null },
    poll: { intervalMs: 60_000 },
  })
  const inFlight = (id: string) =>
    calm.aTask({ status: 'PROCESSING', externalTaskId: id as never, acceptedAt })
  const [left, other] = [await inFlight('left'), await inFlight('other')]
  await calm.holdAndDie(left, 300)
  const ticked = await calm.pollLane(other)
  expect(ticked).toMatchObject({ kind: 'snooze', notes: { tasks: 2, late: 1 } })
  expect((ticked as { ms: number }).ms).toBeLessThanOrEqual(301)
  expect(looks).toEqual(['other'])

  let between = ticked
  await vi.waitFor(async () => {
    between = await calm.pollLane(other, true, notesOf(between))
    expect(looks).toEqual(['other', 'left'])
  })
  expect(notesOf(between)).toEqual({ tasks: 2, late: 0 })
  expect((between as { ms: number }).ms).toBeGreaterThan(1000)
  await calm.pollLane(other)
  expect(looks.slice(2).toSorted()).toEqual(['left', 'other'])
  await calm.close()
})

test('news of others is written while an answer is waited for', async () => {
  const [quick] = [await inLane('quick'), await inLane('slow')]
  hold('slow')
  const ticked = worker.pollLane(quick)
  await vi.waitFor(async () => expect(await progressOf(quick)).toBe(60))
  expect(held.has('slow')).toBe(true)
  await ticked
})

test('trouble of one task is no other’s', async () => {
  const [failing, limited, dripping, quick] = [
    await inLane('failing'),
    await inLane('limited'),
    await inLane('dripping'),
    await inLane('quick'),
  ]
  answers.set('failing', (response) => response.writeHead(503).end())
  answers.set('limited', (response) => response.writeHead(429, { 'retry-after': '30' }).end())
  answers.set('dripping', (response) => response.writeHead(200).write('{"id":"dripping","st'))
  expect(await worker.pollLane(quick)).toMatchObject({ notes: { tasks: 4, late: 1 } })
  expect(await progressOf(quick)).toBe(60)
  expect(await worker.troubleOf(failing)).toEqual({ failures: 1 })
  expect(await worker.troubleOf(limited)).toEqual({ failures: 1 })
  expect(await worker.troubleOf(dripping)).toEqual({})
})

test('a task is left out until the time that its row names', async () => {
  const notBefore = Date.now() + 300_000
  const [waiting] = [await inLane('waiting', { pollTrouble: { attempt: 1, notBefore } }), await inLane('due')]
  expect(await worker.pollLane(waiting)).toMatchObject({ kind: 'snooze', notes: { tasks: 2 } })
  expect(looks).toEqual(['due'])
  // That is over, and a time that only a clock which was wrong can have told.
  for (const ms of [-1, 86_400_000]) {
    looks = []
    await worker.alter(waiting.videoId, { pollTrouble: { attempt: 1, notBefore: Date.now() + ms } })
    await worker.pollLane(waiting)
    expect(looks.toSorted()).toEqual(['due', 'waiting'])
  }
  expect((await worker.tasks.find(waiting.videoId))?.pollTrouble).toBeNull()
})

test('an overdue task is looked at each minute, and its row says so', async () => {
  const task = await inLane('old', { acceptedAt: new Date(acceptedAt.getTime() - 3_600_000) })
  const before = Date.now()
  await worker.pollLane(task)
  await worker.pollLane(task)
  expect(looks).toEqual(['old'])
  const { overdue, pollTrouble } = (await worker.tasks.find(task.videoId)) as TaskRow
  expect(overdue).toBe(true)
  expect(pollTrouble?.notBefore).toBeGreaterThan(before + 59_000)
})

test('a row that Postgres refuses is an error of its own, ever more rarely', async () => {
  const [poisoned, ...others] = [await inLane('poisoned'), await inLane('b'), await inLane('c')]
  await worker.db.execute(
    sql`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;
      create trigger refuse before update of progress on video_tasks for each row
        when (new.external_task_id = 'poisoned') execute function refuse()`,
  )
  await worker.pollLane(poisoned)
  for (const task of others) expect(await progressOf(task)).toBe(60)
  expect(await worker.troubleOf(poisoned)).toEqual({ errors: 1 })
  await vi.waitFor(async () => {
    await worker.alter(poisoned.videoId, { pollTrouble: { attempt: 1, errors: 1 } })
    await worker.pollLane(poisoned)
    expect(await worker.troubleOf(poisoned)).toEqual({ errors: 2 })
  })
  await worker.db.execute(sql`drop trigger refuse on video_tasks`)
  await worker.alter(poisoned.videoId, { pollTrouble: { attempt: 1, errors: 2 } })
  await worker.pollLane(poisoned)
  expect(await worker.troubleOf(poisoned)).toEqual({})
  expect(await progressOf(poisoned)).toBe(60)
})

test('a lane without tasks ends, and is there again with the next one', async () => {
  const task = await inLane('a')
  const lane = laneOf(task)
  await worker.cancel(task.videoId)
  expect(await worker.pollStep(lane, worker.run())).toEqual({ kind: 'done' })
  expect(looks).toEqual([])
  await inLane('b')
  expect(await sweep({ ...worker })).toMatchObject({ poll: 1 })
  expect(await worker.queues.state('poll', lane)).toBe('delayed')
  expect(await sweep({ ...worker })).toMatchObject({ poll: 0 })
})

test('a job of one task, as workers of the version before leave it, becomes its lane', async () => {
  const task = await inLane('a')
  expect(await worker.pollStep(task, worker.run())).toEqual({ kind: 'done' })
  expect(looks).toEqual([])
  expect(await worker.laneState(task)).toBe('delayed')
  expect(await worker.pollStep(task, worker.run())).toEqual({ kind: 'done' })
})

test.each([1000, 3000, 7000])('a lane comes back at its phase of %i ms', async (intervalMs) => {
  const task = await inLane('a')
  const { phase } = laneOf(task)
  const { poll } = createSteps(
    {
      task: { overdueMs: 600_000, deadlineMs: 86_400_000, autoRetries: 1 },
      submit: { sendWindowMs: 10_000, sendingMs: 1500 },
      reconcile: { windowMs: 1000 },
      poll: { intervalMs, concurrency: 10 },
      archive: { isOn: false },
    },
    worker.deps,
  )
  const { now: before } = await worker.throttle.read()
  const outcome = await poll(laneOf(task), worker.run())
  const { now: after } = await worker.throttle.read()
  if (outcome.kind !== 'snooze') throw new Error('it has a task')
  const due = dueSince({ phase }, before + outcome.ms - 1, intervalMs)
  expect(due).toBeLessThanOrEqual(after + outcome.ms + 1)
  expect(outcome.ms).toBeLessThanOrEqual(1.5 * intervalMs)
})

test('no look comes sooner than a dialect allows', async () => {
  const slow = await buildTestWorker({
    upstream: { baseUrl: upstream.baseUrl },
    dialect: { list: null, poll: { floorMs: 60_000 } },
    poll: { intervalMs: INTERVAL_MS },
  })
  expect(aDialect({ poll: { floorMs: 60_000 } }).poll.floorMs).toBe(60_000)
  const task = await slow.aTask({ status: 'PROCESSING', externalTaskId: 'a' as never, acceptedAt })
  const outcome = await slow.pollLane(task)
  expect(outcome).toMatchObject({ kind: 'snooze' })
  expect(outcome.kind === 'snooze' && outcome.ms).toBeGreaterThanOrEqual(60_000)
  await slow.close()
})

test('one credential’s slow videos take no slot of another’s', async () => {
  const both = await buildTestWorker({
    upstreams: () => [
      {
        name: 'up' as never,
        dialect: aDialect({ list: null }),
        dialectName: 'test',
        baseUrl: upstream.baseUrl,
        credentials: [
          { name: 'slow', key: 'sk-1' },
          { name: 'quick', key: 'sk-2' },
        ],
      },
    ],
    upstream: { pollTimeoutMs: 60_000 },
    poll: { intervalMs: INTERVAL_MS, concurrency: 1 },
  })
  const inFlight = (id: string, credential: string) =>
    both.aTask({
      status: 'PROCESSING',
      externalTaskId: id as never,
      credential: credential as never,
      acceptedAt,
    })
  // More than one slot has time for in a tick.
  const ids = Array.from({ length: 40 }, (_, n) => `slow-${n}`)
  for (const id of ids) hold(id)
  const slow = await Promise.all(ids.map((id) => inFlight(id, 'up/slow')))
  const quick = await inFlight('quick', 'up/quick')
  const held = both.pollLane(slow[0] as TaskRow)
  await vi.waitFor(() => expect(looks).toHaveLength(1))
  await both.pollLane(quick)
  expect(looks).toContain('quick')
  await held
  expect(looks.length).toBeLessThan(ids.length)
  await both.close()
})

test('what there was no slot for comes first the next time', async () => {
  const few = await buildTestWorker({
    upstream: { baseUrl: upstream.baseUrl, pollTimeoutMs: 60_000 },
    dialect: { list: null },
    poll: { intervalMs: 600, concurrency: 1 },
  })
  const ids = Array.from({ length: 4 }, () => randomBytes(4).toString('hex'))
  for (const id of ids) hold(id)
  const rows = await Promise.all(
    ids.map((id) => few.aTask({ status: 'PROCESSING', externalTaskId: id as never, acceptedAt })),
  )
  await vi.waitFor(async () => {
    await few.pollLane(rows[0] as TaskRow)
    expect(new Set(looks)).toEqual(new Set(ids))
  })
  expect(looks).toHaveLength(4)
  await few.close()
})

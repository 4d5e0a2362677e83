import type { ExplanationCode } from '@reelay/contracts/explain'
import { CYCLE_MS } from '@reelay/contracts/lanes'
import type { TaskRow } from '@reelay/db/schema'
import { pollTroubleOf } from '@reelay/db/tasks/lanes'
import { explainTask } from '@reelay/relay/explain/explain-task'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

const windowMs = 600_000
const times = {
  sendWindowMs: 10_000,
  sendingMs: 1500,
  windowMs,
  deadlineMs: 86_400_000,
  sweepIntervalMs: 10_000,
}

let worker: TestWorker
let cutOff: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker({ reconcile: { windowMs }, upstream: { submitTimeoutMs: 1000 } })
  cutOff = await buildTestWorker({ upstream: { baseUrl: 'http://127.0.0.1:9/v1' } })
  for (const each of [worker, cutOff]) each.startAll()
})
afterAll(() => Promise.all([worker.close(), cutOff.close()]))

/** What is said of a task once real steps have brought it so far. */
async function saidOf(task: TaskRow, because: ExplanationCode, by = worker) {
  return vi.waitFor(async () => {
    const row = (await by.tasks.find(task.videoId)) as TaskRow
    const said = await explainTask(row, { ...by, times })
    expect(said.because).toBe(because)
    return said
  })
}

async function aTask(prompt: string, by = worker): Promise<TaskRow> {
  const task = await by.aTask({ prompt })
  await by.queues.enqueueSubmit(task)
  return task
}

test('a video that upstream makes is looked at again soon', async () => {
  const said = await saidOf(await aTask('a red kite'), 'upstream_works')
  expect(said).toMatchObject({ state: 'PROCESSING', paid: [{ attempt: 1, outcome: 'accepted' }] })
  expect(said.next?.what).toBe('look')
  expect(Date.parse(said.next?.at ?? '')).toBeLessThan(said.now.getTime() + 60_000)
})

test('polls that fail are counted, and the next one is later', async () => {
  const { details, next } = await saidOf(await aTask('a blue kite [fault:poll_error]'), 'upstream_silent')
  expect(details.failures).toBeGreaterThan(0)
  expect(next).toEqual({ what: 'look', at: expect.any(String) })
})

test('a video that takes long is looked at when its own time has come, not with its lane', async () => {
  const { videoId } = await aTask('a slow kite')
  const acceptedAt = await vi.waitFor(async () => {
    const row = await worker.tasks.find(videoId)
    expect(row?.status).toBe('PROCESSING')
    return row?.acceptedAt as Date
  })
  await worker.alter(videoId, { acceptedAt: new Date(acceptedAt.getTime() - 200 * CYCLE_MS) })
  const { row, notBefore } = await vi.waitFor(async () => {
    const row = (await worker.tasks.find(videoId)) as TaskRow
    const { notBefore = 0 } = pollTroubleOf(row)
    expect(notBefore).toBeGreaterThan(0)
    return { row, notBefore }
  })
  const said = await explainTask(row, { ...worker, times })
  expect(said).toMatchObject({ because: 'overdue', next: { what: 'look' } })
  expect(Date.parse(said.next?.at ?? '')).toBeGreaterThanOrEqual(notBefore)
})

test('without a worker nothing is done', async () => {
  const idle = await buildTestWorker()
  const said = await saidOf(await aTask('a kite in no wind', idle), 'no_worker', idle)
  expect(said).toMatchObject({ next: { what: 'submit', at: null }, paid: [] })
  await idle.close()
})

test('a submission without an answer is looked for before anything is paid again', async () => {
  const task = await aTask('a lost kite [fault:no_answer]')
  const said = await saidOf(task, 'reply_lost')
  expect(said).toMatchObject({ state: 'QUEUED', next: { what: 'search' }, paid: [{ outcome: 'in_doubt' }] })
  expect(Date.parse(said.details.until ?? '')).toBeGreaterThan(said.now.getTime())
})

test('an upstream that can’t be reached is tried again, and nothing was paid', async () => {
  const said = await saidOf(await aTask('a kite', cutOff), 'backoff', cutOff)
  expect(said.details.failures).toBeGreaterThan(0)
  expect(said.next).toEqual({ what: 'submit', at: expect.any(String) })
  expect(said.paid.every(({ outcome }) => outcome === 'not_sent')).toBe(true)
})

test('a key that upstream asks to rest is held until then', async () => {
  const said = await saidOf(await aTask('a kite too many [fault:rate_limit]'), 'held')
  expect(said).toMatchObject({ details: { holdBecause: 'rate_limited' }, next: { what: 'submit' } })
  expect(Date.parse(said.next?.at ?? '')).toBeGreaterThan(said.now.getTime() - 1000)
})

import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000
let worker: TestWorker
let slow: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
  slow = await buildTestWorker({ upstream: { pollTimeoutMs: 10_000 } })
})
afterAll(() => Promise.all([worker.close(), slow.close()]))

/** A task that was cancelled while upstream made its video, and its second attempt. */
async function aRetriedTask(prompt: string, { by = worker, renderMs = 600_000 } = {}) {
  await by.setScript(0, renderMs)
  const task = await by.aTask({ prompt })
  await by.submit(task, by.run())
  const { externalTaskId } = await rowOf(task, by)
  await by.cancel(task.videoId)
  return { second: await by.retry(task), externalTaskId }
}

async function rowOf({ videoId }: TaskRow, by = worker): Promise<TaskRow> {
  const row = await by.tasks.find(videoId)
  if (!row) throw new Error('the task is gone')
  return row
}

test('a video not found is looked for three times', async () => {
  const prompt = 'gone upstream [fault:missing]'
  const { second } = await aRetriedTask(prompt)
  const misses = async (notes: Record<string, number>) => worker.submit(second, worker.run(notes))

  const first = await misses({})
  expect(first).toMatchObject({ kind: 'snooze', notes: { misses: 1, missingSince: expect.any(Number) } })
  expect(await misses({ misses: 1, missingSince: minutesAgo(9) })).toMatchObject({ notes: { misses: 2 } })
  expect(await misses({ misses: 20, missingSince: minutesAgo(1) })).toMatchObject({ notes: { misses: 21 } })
  expect(await worker.paidFor(prompt)).toBe(1)
  expect(await rowOf(second)).toMatchObject({ status: 'QUEUED', version: second.version })

  const lost = await misses({ misses: 2, missingSince: minutesAgo(2.1) })
  expect(lost).toMatchObject({ kind: 'snooze', notes: { lostFrom: 1 } })
  expect(await worker.submit(second, worker.run(notesOf(lost)))).toEqual({ kind: 'done' })
  expect(await rowOf(second)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(await worker.paidFor(prompt)).toBe(2)
})

test('a video found again after misses is followed', async () => {
  const prompt = 'gone for a while'
  const { second, externalTaskId } = await aRetriedTask(prompt)
  await worker.arm('missing', 'retrieve')
  const missed = await worker.submit(second, worker.run())
  expect(missed).toMatchObject({ notes: { misses: 1 } })
  await worker.submit(second, worker.run(notesOf(missed)))
  expect(await rowOf(second)).toMatchObject({ status: 'PROCESSING', externalTaskId })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('misses with trouble between them do not count together', async () => {
  const { second } = await aRetriedTask('missed, troubled, missed [fault:missing]')
  await worker.arm('poll_error', 'retrieve')
  const troubled = await worker.submit(second, worker.run({ misses: 2, missingSince: minutesAgo(9) }))
  expect(troubled).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
  expect(await worker.submit(second, worker.run(notesOf(troubled)))).toMatchObject({ notes: { misses: 1 } })
  expect(await worker.paidFor(second.prompt)).toBe(1)
})

test('misses with an empty video between them do not count together', async () => {
  const { second } = await aRetriedTask('missed, empty, missed', { renderMs: 1 })
  await worker.arm('empty', 'content')
  const empty = await worker.submit(second, worker.run({ misses: 2, missingSince: minutesAgo(9) }))
  expect(empty).toMatchObject({ kind: 'snooze', notes: { empties: 1 } })
  expect(notesOf(empty)).not.toHaveProperty('misses')
})

test.each(['poll_error', 'server_error', 'rate_limit', 'silence', 'bad_json'])(
  'trouble by %s is waited out and pays for nothing',
  async (fault) => {
    const prompt = `looked for through ${fault}`
    const { second, externalTaskId } = await aRetriedTask(prompt)
    await worker.arm(fault, 'retrieve', { count: 2 })
    const first = await worker.submit(second, worker.run())
    expect(first).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    const next = await worker.submit(second, worker.run(notesOf(first)))
    expect(next).toMatchObject({ kind: 'snooze', notes: { failures: 2 } })
    expect(await rowOf(second)).toMatchObject({ status: 'QUEUED', version: second.version })
    expect(await worker.paidFor(prompt)).toBe(1)

    await worker.submit(second, worker.run(notesOf(next)))
    expect(await rowOf(second)).toMatchObject({ status: 'PROCESSING', externalTaskId })
    expect(await worker.paidFor(prompt)).toBe(1)
  },
)

test('trouble waits as upstream asks, ten minutes at most', async () => {
  const { second } = await aRetriedTask('looked for too often')
  for (const [asked, ms] of [
    [120, 120_000],
    [86_400, 600_000],
  ]) {
    await worker.arm('rate_limit', 'retrieve', { value: asked })
    expect(await worker.submit(second, worker.run())).toMatchObject({ kind: 'snooze', ms })
  }
  expect(await worker.paidFor(second.prompt)).toBe(1)
})

test.each(['server_error', 'rate_limit', 'silence'])(
  'content trouble by %s is no reason to pay anew',
  async (fault) => {
    const prompt = `its content meets ${fault}`
    const { second, externalTaskId } = await aRetriedTask(prompt, { renderMs: 1 })
    await worker.arm(fault, 'content')
    const troubled = await worker.submit(second, worker.run())
    expect(troubled).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    await vi.waitFor(async () => {
      await worker.submit(second, worker.run(notesOf(troubled)))
      expect(await rowOf(second)).toMatchObject({ status: 'PROCESSING', externalTaskId })
    })
    expect(await worker.paidFor(prompt)).toBe(1)
  },
)

/** Runs a submit whose look upstream takes a while, and cancels the task meanwhile. */
async function cancelDuringLook(task: TaskRow) {
  await slow.arm('slow', 'retrieve', { value: 3000 })
  const running = slow.submit(task, slow.run())
  await vi.waitFor(async () => {
    const reads = (await slow.requests()).filter(({ method }) => method === 'GET')
    expect(reads.some(({ endedAt }) => endedAt === null)).toBe(true)
  })
  const cancelled = await slow.cancel(task.videoId)
  expect(cancelled).toMatchObject({ status: 'CANCELLED', version: task.version + 1 })
  return running
}

test('a cancel during the look keeps the video unfollowed', async () => {
  const { second } = await aRetriedTask('cancelled before it is followed', { by: slow })
  expect(await cancelDuringLook(second)).toEqual({ kind: 'done' })
  const cancelled = { status: 'CANCELLED', externalTaskId: null, version: second.version + 1 }
  expect(await rowOf(second, slow)).toMatchObject(cancelled)
  expect(await slow.ledger.findSubmission(second.videoId, 2)).toBeUndefined()
  expect(await slow.paidFor(second.prompt)).toBe(1)
})

test('a cancel during the look pays for no second video', async () => {
  const prompt = 'cancelled before it is paid for [fault:fail]'
  const { second } = await aRetriedTask(prompt, { by: slow, renderMs: 1 })
  expect(await cancelDuringLook(second)).toEqual({ kind: 'done' })
  expect(await rowOf(second, slow)).toMatchObject({ status: 'CANCELLED', version: second.version + 1 })
  expect(await slow.ledger.findSubmission(second.videoId, 2)).toBeUndefined()
  expect(await slow.paidFor(prompt)).toBe(1)
})

import { firstCredential } from '@reelay/contracts/credential'
import type { TaskRow } from '@reelay/db/schema'
import { twinKey } from '@reelay/relay/twin-key'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

let worker: TestWorker
let listless: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
  listless = await buildTestWorker({ dialect: { list: null } })
})
// Some tests make upstream fail; here that must not hold up the next one.
beforeEach(async () => {
  await worker.forgetTrouble()
  await listless.forgetTrouble()
})
afterAll(() => Promise.all([worker.close(), listless.close()]))

/** Looks for an attempt's submission, notes handed on, until the ledger has closed it. */
async function searchUntilSettled(by: TestWorker, task: TaskRow) {
  let notes = {}
  await vi.waitFor(async () => {
    notes = notesOf(await by.reconcile(task, by.run(notes)))
    const submission = await by.ledger.findSubmission(task.videoId, task.attempt)
    expect(['sending', 'in_doubt']).not.toContain(submission?.outcome)
  })
}

/** A task whose first submission was given up. */
async function anUnknownTask(by: TestWorker, prompt: string): Promise<TaskRow> {
  const task = await by.aTask({ prompt })
  await by.submit(task, by.run())
  await searchUntilSettled(by, task)
  const failed = await by.tasks.find(task.videoId)
  expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'submission_unknown' })
  return task
}

/** Retries a task and lets its given up submission be searched for the second time. */
async function retryAndSearch(by: TestWorker, task: TaskRow, force = false) {
  const second = await by.retry(task, force)
  const outcome = await by.submit(second, by.run())
  expect(outcome).toMatchObject({ kind: 'snooze', notes: { waits: 1 } })
  expect(await by.ledger.findSubmission(task.videoId, 1)).toMatchObject({
    outcome: 'in_doubt',
    settledAt: null,
  })
  expect(await by.jobState('reconcile', task)).toBe('waiting')
  await searchUntilSettled(by, task)
  return { second, notes: notesOf(outcome) }
}

test('a retry waits while the earlier submission is in doubt', async () => {
  const prompt = 'in doubt at the retry [fault:accept_500=0,1]'
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  await worker.cancel(task.videoId)
  await worker.queues.remove('reconcile', task)
  const second = await worker.retry(task)

  const first = await worker.submit(second, worker.run())
  expect(first).toMatchObject({ kind: 'snooze', notes: { waits: 1 } })
  expect(await worker.submit(second, worker.run(notesOf(first)))).toMatchObject({ notes: { waits: 2 } })
  expect(await worker.jobState('reconcile', task)).toBe('waiting')
  expect(await worker.paidFor(prompt)).toBe(1)

  await searchUntilSettled(worker, task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', attempt: 2 })
  await worker.submit(second, worker.run())
  const adopted = await worker.ledger.findSubmission(task.videoId, 1)
  expect(adopted).toMatchObject({ outcome: 'adopted', externalId: expect.any(String) })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'PROCESSING',
    attempt: 2,
    externalTaskId: adopted?.externalId,
  })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('a retry waits while a dead run may be sending', async () => {
  const prompt = 'sending at the retry'
  const task = await worker.aTask({ prompt })
  const run = { runId: crypto.randomUUID(), credential: firstCredential, twinKey: twinKey({ prompt }) }
  await worker.ledger.beginSubmission(task, run, { sendWindowMs: 0, sendingMs: 1500 })
  await worker.cancel(task.videoId)
  const second = await worker.retry(task, true)
  expect(await worker.submit(second, worker.run())).toMatchObject({ kind: 'snooze' })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'sending' })
  expect(await worker.ledger.findSubmission(task.videoId, 2)).toBeUndefined()
  expect(await worker.paidFor(prompt)).toBe(0)
})

test('a lost video that turns up late is followed', async () => {
  const prompt = 'turns up late [fault:accept_500] [fault:list_late=5000]'
  const task = await anUnknownTask(worker, prompt)
  await vi.waitFor(async () => {
    const page = await worker.upstream.list()
    expect(page.kind === 'page' && page.videos.map((video) => video.prompt)).toContain(prompt)
  })

  const { second } = await retryAndSearch(worker, task)
  const adopted = await worker.ledger.findSubmission(task.videoId, 1)
  expect(adopted).toMatchObject({ outcome: 'adopted', externalId: expect.any(String) })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', attempt: 2 })

  await worker.submit(second, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'PROCESSING',
    attempt: 2,
    externalTaskId: adopted?.externalId,
  })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('what stays unknown fails again unless its owner forces it', async () => {
  const prompt = 'stays unknown [fault:accept_500=0,1] [fault:list_late=600000]'
  const task = await anUnknownTask(worker, prompt)
  const { second, notes } = await retryAndSearch(worker, task)
  await worker.alterLedger(task, { startedAt: new Date(Date.now() - 60_000) })

  expect(await worker.submit(second, worker.run(notes))).toEqual({ kind: 'done' })
  const failed = { status: 'FAILED', attempt: 2, errorCode: 'submission_unknown' }
  expect(await worker.tasks.find(task.videoId)).toMatchObject(failed)
  expect(worker.announced.at(-1)).toMatchObject({ status: 'FAILED', version: second.version + 1 })
  expect(await worker.paidFor(prompt)).toBe(1)

  const forced = await retryAndSearch(worker, task, true)
  await worker.submit(forced.second, worker.run(forced.notes))
  await worker.submit(forced.second, worker.run(forced.notes))
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', attempt: 3 })
  expect(await worker.paidFor(prompt)).toBe(2)
})

test('a forced retry waits until nothing can turn up', async () => {
  const prompt = 'forced too soon [fault:accept_500=0,1] [fault:list_late=600000]'
  const task = await anUnknownTask(worker, prompt)
  const { second, notes } = await retryAndSearch(worker, task, true)

  await worker.alterLedger(task, { startedAt: new Date() })
  const early = await worker.submit(second, worker.run(notes))
  expect(early).toMatchObject({ kind: 'snooze' })
  expect(early.kind === 'snooze' && early.ms).toBeLessThanOrEqual(1500)
  expect(await worker.paidFor(prompt)).toBe(1)

  await worker.alterLedger(task, { startedAt: new Date(Date.now() - 60_000) })
  expect(await worker.submit(second, worker.run(notesOf(early)))).toEqual({ kind: 'done' })
  await worker.submit(second, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(await worker.paidFor(prompt)).toBe(2)
})

test('a second search waits while a twin is open', async () => {
  const prompt = 'twins at the retry [fault:accept_500] [fault:list_late=600000]'
  const task = await anUnknownTask(worker, prompt)
  const twin = await worker.aTask({ prompt })
  await worker.submit(twin, worker.run())
  expect(await worker.paidFor(prompt)).toBe(2)

  const second = await worker.retry(task, true)
  expect(await worker.submit(second, worker.run())).toMatchObject({ kind: 'snooze', notes: { waits: 1 } })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'unknown' })

  await searchUntilSettled(worker, twin)
  expect(await worker.submit(second, worker.run({ waits: 1 }))).toMatchObject({ notes: { waits: 2 } })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'in_doubt' })
  expect(await worker.paidFor(prompt)).toBe(2)
})

test('an old submission’s second search waits out trouble', async () => {
  const prompt = 'forced two days later [fault:accept_500=0,1]'
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  await worker.ledger.giveUp(task, { errorCode: 'submission_unknown', errorMessage: '-' })
  await worker.alterLedger(task, { startedAt: new Date(Date.now() - 180_000_000) })

  const second = await worker.retry(task, true)
  await worker.submit(second, worker.run())
  await worker.arm('server_error', 'list')
  const troubled = await worker.reconcile(task, worker.run())
  expect(troubled).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
  await worker.reconcile(task, worker.run(notesOf(troubled)))
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'adopted' })
  await worker.submit(second, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('without a list an unknown submission fails again without force', async () => {
  const prompt = 'no list, no force [fault:accept_500=0,1]'
  const task = await anUnknownTask(listless, prompt)
  const { second, notes } = await retryAndSearch(listless, task)
  await listless.submit(second, listless.run(notes))
  const failed = { status: 'FAILED', attempt: 2, errorCode: 'submission_unknown' }
  expect(await listless.tasks.find(task.videoId)).toMatchObject(failed)
  expect(await listless.paidFor(prompt)).toBe(1)
})

test('without a list a forced retry pays after the window', async () => {
  const prompt = 'no list, but force [fault:accept_500=0,1]'
  const task = await anUnknownTask(listless, prompt)
  const { second, notes } = await retryAndSearch(listless, task, true)
  await listless.alterLedger(task, { startedAt: new Date() })
  expect(await listless.submit(second, listless.run(notes))).toMatchObject({ kind: 'snooze' })
  expect(await listless.paidFor(prompt)).toBe(1)

  await listless.alterLedger(task, { startedAt: new Date(Date.now() - 60_000) })
  await listless.submit(second, listless.run(notes))
  expect(await listless.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(await listless.paidFor(prompt)).toBe(2)
})

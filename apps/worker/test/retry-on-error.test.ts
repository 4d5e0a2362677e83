import { firstCredential } from '@reelay/contracts/credential'
import type { JobNotes } from '@reelay/contracts/jobs'
import { openDatabase } from '@reelay/db/client'
import { createTasks } from '@reelay/db/tasks'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Outcome, Step } from '../src/outcome.ts'
import { retryOnError } from '../src/retry-on-error.ts'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

const log = pino({ level: 'silent' })
const dayAgo = () => new Date(Date.now() - 90_000_000)
const attempt = { videoId: 'video_1767225600000_abcdefg' as never, attempt: 1 }
let worker: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
})
afterAll(() => worker.close())

function expectWait(outcome: Outcome, [from, to]: [number, number]) {
  expect(outcome.kind === 'snooze' && outcome.ms).toBeGreaterThanOrEqual(from)
  expect(outcome.kind === 'snooze' && outcome.ms).toBeLessThanOrEqual(to)
}

const failing: Step = async () => {
  throw new Error('a mistake of ours')
}

test.each([
  [1, [1000, 2000]],
  [2, [2000, 4000]],
  [5, [16_000, 32_000]],
  [10, [300_000, 600_000]],
  [5000, [300_000, 600_000]],
] as const)('after %i errors a step waits %j ms', async (errors, [from, to]) => {
  const notes: JobNotes = errors > 1 ? { errors: errors - 1 } : {}
  const outcome = await retryOnError(failing, log)(attempt, worker.run(notes))
  expect(outcome).toMatchObject({ kind: 'snooze', notes: { errors } })
  expectWait(outcome, [from, to])
})

test('Postgres being away is waited for five seconds at most', async () => {
  const away = openDatabase('postgres://nobody@127.0.0.1:9/reelay')
  const tasks = createTasks(away.db)
  const step: Step = async ({ videoId }) => {
    await tasks.find(videoId)
    return { kind: 'done' }
  }
  const first = await retryOnError(step, log)(attempt, worker.run({ misses: 2 }))
  expect(first).toMatchObject({ kind: 'snooze', notes: { errors: 1, misses: 2 } })
  expectWait(first, [1000, 2000])
  expectWait(await retryOnError(step, log)(attempt, worker.run({ errors: 30 })), [2500, 5000])
  await away.close()
})

test('a submit that finds no space for its record sends nothing before there is some', async () => {
  const task = await worker.aTask({ prompt: 'no space for it' })
  const disk = await worker.fillDisk()
  const running = worker.submit(task, worker.run())
  try {
    await vi.waitFor(async () => expect(await disk.refusals()).toBeGreaterThan(3))
    expect(await worker.paidFor('no space for it')).toBe(0)
  } finally {
    await disk.free()
  }
  expect((await running).kind).toBe('snooze')
  expect(await worker.paidFor('no space for it')).toBe(0)
  expect(await worker.submit(task, worker.run(notesOf(await running)))).toEqual({ kind: 'done' })
  expect(await worker.paidFor('no space for it')).toBe(1)
})

test('a step that throws keeps its notes', async () => {
  const notes = { misses: 2, missingSince: 1, empties: 3 }
  const outcome = await retryOnError(failing, log)(attempt, worker.run(notes))
  expect(notesOf(outcome)).toEqual({ ...notes, errors: 1 })
})

test('a run that gets through ends the row of errors', async () => {
  const step: Step = async (_, { notes }) => ({ kind: 'snooze', ms: 5, notes: { ...notes, misses: 3 } })
  const outcome = await retryOnError(step, log)(attempt, worker.run({ errors: 9, misses: 2 }))
  expect(notesOf(outcome)).toEqual({ misses: 3 })
})

test('a step that works is left as it is', async () => {
  const step: Step = async () => ({ kind: 'snooze', ms: 5, notes: { looks: 1 } })
  expect(await retryOnError(step, log)(attempt, worker.run({ errors: 9 }))).toEqual({
    kind: 'snooze',
    ms: 5,
    notes: { looks: 1 },
  })
})

/** A remix whose source nobody knows: what is to be sent can't be told. */
const aPoisonedTask = () => worker.aTask({ prompt: 'poisoned', metadata: { type: 'remix' } })

test('a poisoned task sends nothing and ends at its deadline', async () => {
  const task = await aPoisonedTask()
  let notes: JobNotes = {}
  for (let errors = 1; errors <= 3; errors += 1) {
    notes = notesOf(await worker.submit(task, worker.run(notes)))
    expect(notes).toEqual({ errors })
  }
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', version: 1 })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toBeUndefined()

  await worker.alter(task.videoId, { queuedAt: dayAgo() })
  expect(await worker.submit(task, worker.run(notes))).toEqual({ kind: 'done' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'FAILED', errorCode: 'timeout' })
  expect(await worker.paidFor('poisoned')).toBe(0)
})

test('a poisoned submission in doubt ends at its deadline', async () => {
  const task = await aPoisonedTask()
  const run = { runId: crypto.randomUUID(), credential: firstCredential, twinKey: 'poisoned' }
  await worker.ledger.beginSubmission(task, run, { sendWindowMs: 0, sendingMs: 1500 })
  await worker.ledger.markInDoubt(task, run)
  const early = await worker.reconcile(task, worker.run({ errors: 3 }))
  expect(early).toMatchObject({ kind: 'snooze', notes: { errors: 4 } })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'in_doubt' })

  await worker.alterLedger(task, { startedAt: dayAgo() })
  const first = await worker.reconcile(task, worker.run())
  expect(first).toMatchObject({ kind: 'snooze', notes: { errors: 1 } })
  expect(await worker.reconcile(task, worker.run(notesOf(first)))).toEqual({ kind: 'done' })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'unknown' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'FAILED',
    errorCode: 'submission_unknown',
  })
})

test('other tasks are made while a poisoned one throws', async () => {
  const poisoned = await aPoisonedTask()
  const others = await Promise.all([1, 2, 3].map((i) => worker.aTask({ prompt: `not poisoned ${i}` })))
  const failures: unknown[] = []
  for (const task of [poisoned, ...others]) await worker.queues.enqueueSubmit(task)
  worker.startSubmits(async (of, run) => {
    const outcome = await worker.submit(of, run)
    if (of.videoId === poisoned.videoId) failures.push(notesOf(outcome))
    return outcome
  })
  await vi.waitFor(async () => {
    for (const { videoId } of others)
      expect(await worker.tasks.find(videoId)).toMatchObject({ status: 'PROCESSING' })
  })
  await vi.waitFor(() => expect(failures).toEqual([{ errors: 1 }, { errors: 2 }]))
  await expect.poll(() => worker.jobState('submit', poisoned)).toBe('delayed')
  expect(await worker.tasks.find(poisoned.videoId)).toMatchObject({ status: 'QUEUED', version: 1 })
})

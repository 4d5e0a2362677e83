import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

const renderingMs = 600_000
let worker: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
})
afterAll(() => worker.close())

/** A task whose first attempt upstream has taken; `renderMs` is how long its video takes. */
async function aTakenTask(prompt: string, { renderMs = renderingMs, autoRetriesUsed = 0 } = {}) {
  await worker.setScript(0, renderMs)
  const task = await worker.aTask({ prompt, autoRetriesUsed })
  await worker.submit(task, worker.run())
  return current(task)
}

async function current({ videoId }: Pick<TaskRow, 'videoId'>): Promise<TaskRow> {
  const task = await worker.tasks.find(videoId)
  if (!task) throw new Error('the task is gone')
  return task
}

/** Polls until the task leaves PROCESSING. */
async function pollToItsEnd(task: TaskRow): Promise<TaskRow> {
  await vi.waitFor(async () => expect(await worker.poll(task)).toEqual({ kind: 'done' }))
  return current(task)
}

test('a retry after a cancel follows the running video', async () => {
  const prompt = 'cancelled while it was made'
  const taken = await aTakenTask(prompt, { renderMs: 3000 })
  await worker.cancel(taken.videoId)
  const second = await worker.retry(taken)

  expect(await worker.submit(second, worker.run())).toEqual({ kind: 'done' })
  expect(await current(taken)).toMatchObject({
    status: 'PROCESSING',
    attempt: 2,
    externalTaskId: taken.externalTaskId,
  })
  expect(await worker.ledger.findSubmission(taken.videoId, 2)).toMatchObject({
    outcome: 'adopted',
    externalId: null,
  })
  expect(worker.announced.at(-1)).toEqual({ status: 'PROCESSING', version: second.version + 1 })
  expect(await worker.laneState(second)).toMatch(/waiting|delayed/)
  expect(await worker.paidFor(prompt)).toBe(1)

  expect(await pollToItsEnd(second)).toMatchObject({ status: 'COMPLETED', attempt: 2 })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('a retry of a retry still follows the first video', async () => {
  const prompt = 'cancelled and cancelled again'
  const taken = await aTakenTask(prompt)
  for (const attempt of [2, 3]) {
    await worker.cancel(taken.videoId)
    await worker.submit(await worker.retry(taken), worker.run())
    const { externalTaskId } = taken
    expect(await current(taken)).toMatchObject({ status: 'PROCESSING', attempt, externalTaskId })
  }
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('a retry after a timeout follows a video completed since', async () => {
  const prompt = 'completed after its time'
  const taken = await aTakenTask(prompt, { renderMs: 1 })
  await worker.alter(taken.videoId, { acceptedAt: new Date(Date.now() - 90_000_000) })
  await worker.arm('poll_error', 'retrieve')
  await worker.poll(taken)
  expect(await current(taken)).toMatchObject({ status: 'FAILED', errorCode: 'timeout' })

  const second = await worker.retry(taken)
  const { externalTaskId } = taken
  await vi.waitFor(async () => {
    await worker.submit(second, worker.run())
    expect(await current(taken)).toMatchObject({ status: 'PROCESSING', attempt: 2, externalTaskId })
  })
  expect(await pollToItsEnd(second)).toMatchObject({ status: 'COMPLETED', errorCode: null })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test.each([
  ['fail', 'upstream_failed'],
  ['moderation', 'moderation_blocked'],
])('a retry pays anew for a video ended by %s', async (fault, errorCode) => {
  const prompt = `failed for good [fault:${fault}]`
  const taken = await aTakenTask(prompt, { renderMs: 1, autoRetriesUsed: 1 })
  expect(await pollToItsEnd(taken)).toMatchObject({ status: 'FAILED', errorCode })

  const second = await worker.retry(taken)
  expect(await worker.submit(second, worker.run())).toEqual({ kind: 'done' })
  expect(await worker.paidFor(prompt)).toBe(2)
  const moved = await current(taken)
  expect(moved).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(moved.externalTaskId).not.toBe(taken.externalTaskId)
})

test('the automatic second try waits behind what its user asked for meanwhile', async () => {
  const taken = await aTakenTask('failed once, in a queue [fault:transient]', { renderMs: 1 })
  for (const prompt of ['asked for next', 'and after that']) await worker.aTask({ prompt })
  const second = await pollToItsEnd(taken)
  expect(second).toMatchObject({ status: 'QUEUED', attempt: 2 })
  expect(await worker.submitPriority(second)).toBeGreaterThanOrEqual(3)
})

test('the automatic second try pays anew for a failed video', async () => {
  const prompt = 'failed once [fault:transient]'
  const taken = await aTakenTask(prompt, { renderMs: 1 })
  const second = await pollToItsEnd(taken)
  expect(second).toMatchObject({ status: 'QUEUED', attempt: 2 })

  await worker.submit(second, worker.run())
  expect(await worker.paidFor(prompt)).toBe(2)
  expect(await pollToItsEnd(second)).toMatchObject({ status: 'COMPLETED', attempt: 2 })
})

test('a retry waits for content that is late before it pays', async () => {
  const prompt = 'its content comes late'
  const taken = await aTakenTask(prompt, { renderMs: 1 })
  await worker.cancel(taken.videoId)
  const second = await worker.retry(taken)
  await worker.arm('empty', 'content')
  const waiting = await worker.submit(second, worker.run())
  expect(waiting).toMatchObject({ kind: 'snooze', notes: { empties: 1 } })
  await vi.waitFor(async () => {
    await worker.submit(second, worker.run({ empties: 1 }))
    expect(await current(taken)).toMatchObject({ attempt: 2, externalTaskId: taken.externalTaskId })
  })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('a retry pays anew for an empty video', async () => {
  const prompt = 'nothing to play [fault:empty]'
  const taken = await aTakenTask(prompt, { renderMs: 1 })
  await worker.alter(taken.videoId, { pollTrouble: { attempt: 1, empties: 10 } })
  await vi.waitFor(async () => {
    await worker.poll(taken)
    expect(await current(taken)).toMatchObject({ status: 'FAILED', errorCode: 'no_content' })
  })
  const second = await worker.retry(taken)
  const lost = await worker.submit(second, worker.run({ empties: 10 }))
  // An older video is looked at as often as this one.
  expect(lost).toEqual({ kind: 'snooze', ms: 0, notes: { lostFrom: 1 } })
  await worker.submit(second, worker.run({ lostFrom: 1 }))
  expect(await current(taken)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(await worker.paidFor(prompt)).toBe(2)
})

test('of two earlier videos the one that runs is followed', async () => {
  const prompt = 'two earlier videos'
  const first = await aTakenTask(prompt)
  await worker.cancel(first.videoId)
  const second = await worker.retry(first)
  await worker.setScript(0, 1)
  await worker.arm('missing', 'retrieve')
  await worker.arm('fail', 'submit')
  const lost = notesOf(
    await worker.submit(second, worker.run({ misses: 2, missingSince: Date.now() - 200_000 })),
  )
  await worker.submit(second, worker.run(lost))
  expect(await worker.paidFor(prompt)).toBe(2)

  const third = await pollToItsEnd(second)
  expect(third).toMatchObject({ status: 'QUEUED', attempt: 3 })
  await worker.submit(third, worker.run())
  const { externalTaskId } = first
  expect(await current(first)).toMatchObject({ status: 'PROCESSING', attempt: 3, externalTaskId })
  expect(await worker.paidFor(prompt)).toBe(2)
})

test('a retry of what upstream refused pays at once', async () => {
  const prompt = 'refused once [fault:refuse=0,1]'
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  expect(await current(task)).toMatchObject({ status: 'FAILED', errorCode: 'upstream_refused' })
  await worker.submit(await worker.retry(task), worker.run())
  expect(await current(task)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('a retry of what was never sent pays at once', async () => {
  const limited = await worker.aTask({ prompt: 'limited once [fault:rate_limit]' })
  const waiting = await worker.aTask({ prompt: 'cancelled before it was sent' })
  await worker.submit(limited, worker.run())
  await worker.endPause()
  for (const task of [limited, waiting]) {
    await worker.cancel(task.videoId)
    expect(await worker.submit(await worker.retry(task), worker.run())).toEqual({ kind: 'done' })
    expect(await current(task)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
    expect(await worker.paidFor(task.prompt)).toBe(1)
  }
})

test('a retry of an imported video follows it and never pays', async () => {
  const prompt = 'made by somebody else'
  const { metadata, ...made } = await aTakenTask(prompt)
  await worker.alter(made.videoId, { metadata: { ...metadata, type: 'import' } })
  await worker.cancel(made.videoId)
  await worker.submit(await worker.retry(made), worker.run())
  expect(await current(made)).toMatchObject({ status: 'PROCESSING', attempt: 2 })

  await worker.cancel(made.videoId)
  await worker.alterLedger(made, { externalId: null })
  await worker.submit(await worker.retry(made), worker.run())
  expect(await current(made)).toMatchObject({ status: 'FAILED', attempt: 3, errorCode: 'upstream_lost' })
  expect(await worker.paidFor(prompt)).toBe(1)
})

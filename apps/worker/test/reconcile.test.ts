import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { firstCredential } from '@reelay/contracts/credential'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { buildTestWorker } from './test-worker.ts'

type TestWorker = Awaited<ReturnType<typeof buildTestWorker>>
let worker: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
})
// Some tests make upstream fail; here that must not hold up the next one.
beforeEach(() => worker.forgetTrouble())
afterAll(() => worker.close())

/** Runs the step as BullMQ would, handing its notes on, until it is done or the task has left QUEUED. */
async function searchUntilSettled(by: TestWorker, task: TaskRow) {
  let notes = {}
  await vi.waitFor(async () => {
    const outcome = await by.reconcile(task, by.run(notes))
    notes = outcome.kind === 'snooze' ? (outcome.notes ?? {}) : {}
    const submission = await by.ledger.findSubmission(task.videoId, task.attempt)
    expect(['sending', 'in_doubt']).not.toContain(submission?.outcome)
  })
}

async function post(path: string, body: object) {
  const response = await fetch(`${worker.simulator.adminUrl}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return JSON.parse((await response.text()) || '{}') as { id: string }
}

test.each(['accept_silence', 'accept_reset', 'accept_500', 'bad_json'])(
  'an answer lost by %s is found in the list and adopted',
  async (fault) => {
    const { total } = await worker.bill()
    const task = await worker.aTask({ prompt: `found again [fault:${fault}]` })
    await worker.submit(task, worker.run())
    await searchUntilSettled(worker, task)

    const moved = await worker.tasks.find(task.videoId)
    expect(moved).toMatchObject({ status: 'PROCESSING', version: 2 })
    expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({
      outcome: 'adopted',
      externalId: moved?.externalTaskId,
    })
    expect((await worker.bill()).total).toBe(total + 1)
  },
)

test('a lost remix is told from remixes of other sources', async () => {
  const [one, other] = [await post('videos', { prompt: 'one' }), await post('videos', { prompt: 'other' })]
  const remixOf = (id: string, prompt: string) =>
    worker.aTask({ prompt, metadata: { type: 'remix', remix_from_external: id as never } })
  const kept = await remixOf(other.id, 'same words [fault:accept_500]')
  const lost = await remixOf(one.id, 'same words [fault:accept_500]')
  await worker.submit(kept, worker.run())
  await worker.submit(lost, worker.run())
  await searchUntilSettled(worker, lost)
  await searchUntilSettled(worker, kept)

  for (const [task, source] of [
    [lost, one],
    [kept, other],
  ] as const) {
    const moved = await worker.tasks.find(task.videoId)
    const video = await worker.upstream.retrieve(moved?.externalTaskId as never)
    expect(video).toMatchObject({ kind: 'video', video: { remixedFrom: source.id } })
  }
})

test('an upstream clock 90 s off does not hide a lost answer', async () => {
  await post('clock', { offsetMs: -90_000 })
  try {
    const task = await worker.aTask({ prompt: 'by another clock [fault:accept_500]' })
    await worker.submit(task, worker.run())
    await searchUntilSettled(worker, task)
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING' })
  } finally {
    await post('clock', { offsetMs: 0 })
  }
})

test('a submission that is nowhere to be found ends as unknown and is never sent again', async () => {
  const task = await worker.aTask({ prompt: 'nowhere [fault:no_answer]' })
  await worker.submit(task, worker.run())
  await searchUntilSettled(worker, task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'FAILED',
    errorCode: 'submission_unknown',
  })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'unknown' })

  const { total } = await worker.bill()
  await worker.submit(task, worker.run())
  expect((await worker.bill()).total).toBe(total)
})

test('a look that was not complete does not count', async () => {
  const task = await worker.aTask({ prompt: 'no list today [fault:no_answer]' })
  await worker.submit(task, worker.run())
  await post('faults', { name: 'server_error', scope: 'list', count: 3 })
  const outcome = await worker.reconcile(task, worker.run({ looks: 3 }))
  expect(outcome).toMatchObject({ kind: 'snooze', notes: { looks: 3, failures: 1 } })
})

test('a submission under way is looked at again within a poll interval', async () => {
  const patient = await buildTestWorker({ submit: { sendWindowMs: 0, sendingMs: 67_000 } })
  const task = await patient.aTask({ prompt: 'still on its way' })
  const run = { runId: crypto.randomUUID(), credential: firstCredential, twinKey: 'on its way' }
  await patient.ledger.beginSubmission(task, run, { sendWindowMs: 0, sendingMs: 67_000 })
  expect(await patient.reconcile(task, patient.run())).toMatchObject({ kind: 'snooze', ms: 5000 })
  await patient.close()
})

test('a run that died while sending is not judged before its time', async () => {
  const task = await worker.aTask({ prompt: 'died while sending' })
  await worker.ledger.beginSubmission(
    task,
    { runId: crypto.randomUUID(), credential: firstCredential, twinKey: 'died' },
    { sendWindowMs: 0, sendingMs: 0 },
  )
  const outcome = await worker.reconcile(task, worker.run())
  expect(outcome).toMatchObject({ kind: 'snooze' })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'sending' })
})

test('a cancelled task’s lost answer is settled in the ledger alone', async () => {
  const task = await worker.aTask({ prompt: 'cancelled meanwhile [fault:accept_reset]' })
  await worker.submit(task, worker.run())
  await worker.alter(task.videoId, { status: 'CANCELLED' })
  await searchUntilSettled(worker, task)
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'adopted' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'CANCELLED', externalTaskId: null })
})

test('an upstream without a list ends the doubt as unknown', async () => {
  const listless = await buildTestWorker({ dialect: { list: null } })
  try {
    const task = await listless.aTask({ prompt: 'no list here [fault:accept_500]' })
    await listless.submit(task, listless.run())
    await searchUntilSettled(listless, task)
    expect(await listless.tasks.find(task.videoId)).toMatchObject({ errorCode: 'submission_unknown' })
  } finally {
    await listless.close()
  }
})

test('a list that goes round and round is given up at the deadline', async () => {
  let looks = 0
  const upstream = createServer((request, response) => {
    if (request.method === 'POST') return response.writeHead(500).end()
    looks += 1
    const created_at = Math.floor(Date.now() / 1000)
    const data = [{ id: `other_${looks}`, status: 'queued', prompt: 'other', created_at }]
    response.end(JSON.stringify({ data, has_more: true, last_id: data[0]?.id }))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
  const dizzy = await buildTestWorker({ upstream: { baseUrl }, task: { deadlineMs: 60_000 } })
  try {
    const task = await dizzy.aTask({ prompt: 'round and round' })
    await dizzy.submit(task, dizzy.run())
    expect(await dizzy.reconcile(task, dizzy.run())).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    expect(looks).toBeLessThanOrEqual(50)
    await dizzy.alterLedger(task, { startedAt: new Date(Date.now() - 60_000) })
    await searchUntilSettled(dizzy, task)
    expect(await dizzy.tasks.find(task.videoId)).toMatchObject({ errorCode: 'submission_unknown' })
  } finally {
    await dizzy.close()
    upstream.closeAllConnections()
    upstream.close()
  }
})

test('an open submission whose task is gone frees its twins', async () => {
  const gone = await worker.aTask({ prompt: 'gone' })
  await worker.ledger.beginSubmission(
    gone,
    { runId: crypto.randomUUID(), credential: firstCredential, twinKey: 'gone' },
    { sendWindowMs: 0, sendingMs: 0 },
  )
  await worker.deleteTask(gone.videoId)
  expect(await worker.ledger.hasOpenTwin('gone')).toBe(true)
  await worker.ledger.giveUpOrphans(60_000)
  expect(await worker.ledger.hasOpenTwin('gone')).toBe(true)
  await worker.ledger.giveUpOrphans(0)
  expect(await worker.ledger.hasOpenTwin('gone')).toBe(false)
})

test('a poll job that an older worker left for a lost answer becomes a search', async () => {
  const task = await worker.aTask({ prompt: 'left to a poll [fault:accept_reset]' })
  await worker.submit(task, worker.run())
  await worker.queues.remove('reconcile', task)
  expect(await worker.pollStep(task, worker.run())).toEqual({ kind: 'done' })
  expect(await worker.jobState('reconcile', task)).toBe('waiting')
})

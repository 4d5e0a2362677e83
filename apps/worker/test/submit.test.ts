import { firstCredential } from '@reelay/contracts/credential'
import { twinKey } from '@reelay/relay/twin-key'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildTestWorker } from './test-worker.ts'

let worker: Awaited<ReturnType<typeof buildTestWorker>>
beforeAll(async () => {
  worker = await buildTestWorker()
})
afterAll(() => worker.close())
beforeEach(() => worker.forgetTrouble())

async function submission(task: { videoId: string; attempt: number }) {
  return worker.ledger.findSubmission(task.videoId as never, task.attempt)
}

test('a created video moves the task and enqueues its poll', async () => {
  const task = await worker.aTask({ prompt: 'a created video' })
  expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })

  const moved = await worker.tasks.find(task.videoId)
  expect(moved).toMatchObject({ status: 'PROCESSING', version: 2 })
  expect(await submission(task)).toMatchObject({ outcome: 'accepted', externalId: moved?.externalTaskId })
  expect(await worker.laneState(task)).toBe('delayed')
  expect(worker.announced.at(-1)).toEqual({ status: 'PROCESSING', version: 2 })
})

test('twenty runs at once of one task pay once', async () => {
  const task = await worker.aTask({ prompt: 'twenty runs' })
  const { total } = await worker.bill()
  await Promise.all(Array.from({ length: 20 }, () => worker.submit(task, worker.run())))
  expect((await worker.bill()).total).toBe(total + 1)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', version: 2 })
})

test('a run behind a cancel sends nothing', async () => {
  const task = await worker.aTask({ prompt: 'cancelled before' })
  await worker.alter(task.videoId, { status: 'CANCELLED' })
  const { total } = await worker.bill()
  expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
  expect((await worker.bill()).total).toBe(total)
})

test('a run of an older attempt sends nothing', async () => {
  const task = await worker.aTask({ prompt: 'older attempt' })
  await worker.alter(task.videoId, { attempt: 2 })
  const { total } = await worker.bill()
  expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
  expect((await worker.bill()).total).toBe(total)
})

test('a run that lost its job gives the attempt back unsent', async () => {
  const task = await worker.aTask({ prompt: 'lost its job' })
  const { total } = await worker.bill()
  const outcome = await worker.submit(task, worker.run({}, AbortSignal.abort()))
  expect(outcome).toMatchObject({ kind: 'snooze' })
  expect(await submission(task)).toMatchObject({ outcome: 'not_sent' })
  expect((await worker.bill()).total).toBe(total)

  await worker.submit(task, worker.run())
  expect((await worker.bill()).total).toBe(total + 1)
})

test.each([
  ['refuse', 'upstream_refused'],
  ['refuse_moderation', 'moderation_blocked'],
  ['quota', 'insufficient_quota'],
])('a submission that meets %s ends the task as %s', async (fault, errorCode) => {
  const task = await worker.aTask({ prompt: `no [fault:${fault}]` })
  expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'FAILED', errorCode })
  expect(await submission(task)).toMatchObject({ outcome: 'refused', externalId: null })
})

test('a rate limited submission pauses for the time upstream asked', async () => {
  const task = await worker.aTask({ prompt: 'busy [fault:rate_limit=3]' })
  expect(await worker.submit(task, worker.run())).toEqual({ kind: 'pause', ms: 3000 })
  expect(await submission(task)).toMatchObject({ outcome: 'not_sent' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', attempt: 1, version: 1 })
})

test.each(['accept_silence', 'accept_reset', 'accept_500', 'bad_json'])(
  'an answer lost by %s is in doubt and never sent again',
  async (fault) => {
    const task = await worker.aTask({ prompt: `lost [fault:${fault}]` })
    const { total } = await worker.bill()
    expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
    expect(await submission(task)).toMatchObject({ outcome: 'in_doubt' })
    expect(await worker.jobState('reconcile', task)).toBe('waiting')

    await worker.submit(task, worker.run())
    expect((await worker.bill()).total).toBe(total + 1)
  },
)

test('two tasks alike are sent one after the other', async () => {
  const [first, second] = [
    await worker.aTask({ prompt: 'twins' }),
    await worker.aTask({ prompt: ' twins\n' }),
  ]
  const run = {
    runId: crypto.randomUUID(),
    credential: firstCredential,
    twinKey: twinKey({ prompt: 'twins' }),
  }
  await worker.ledger.beginSubmission(first, run, { sendWindowMs: 0, sendingMs: 1500 })
  const { total } = await worker.bill()
  expect(await worker.submit(second, worker.run())).toMatchObject({ kind: 'snooze' })
  expect((await worker.bill()).total).toBe(total)

  await worker.ledger.accept(first, 'up_first' as never)
  expect(await worker.submit(second, worker.run())).toEqual({ kind: 'done' })
  expect((await worker.bill()).total).toBe(total + 1)
})

test('a task whose time ran out before it was sent ends as timeout', async () => {
  const task = await worker.aTask({
    prompt: 'too late',
    queuedAt: new Date(Date.now() - 90_000_000),
  })
  expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'FAILED', errorCode: 'timeout' })
})

test('an upstream that refuses connections leaves no submission behind', async () => {
  const alone = await buildTestWorker({ upstream: { baseUrl: 'http://127.0.0.1:9/v1' } })
  try {
    const task = await alone.aTask()
    const first = await alone.submit(task, alone.run())
    expect(first).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    expect(await alone.ledger.findSubmission(task.videoId, 1)).toBeUndefined()
    expect(await alone.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', version: 1 })
  } finally {
    await alone.close()
  }
})

import type { TaskRow } from '@reelay/db/schema'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Outcome } from '../src/outcome.ts'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

const INTERVAL_MS = 60_000

let worker: TestWorker
beforeEach(async () => {
  worker = await buildTestWorker({ poll: { intervalMs: INTERVAL_MS } })
})
afterEach(() => worker.close())

async function aProcessingTask(prompt: string): Promise<TaskRow> {
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  return task
}

/** A step counts from its look on, so that the answer comes later: a slow machine takes nothing like a minute. */
function expectWait(outcome: Outcome, [from, to]: [number, number]) {
  expect(outcome).toMatchObject({ kind: 'snooze' })
  if (outcome.kind !== 'snooze') return
  expect(outcome.ms).toBeGreaterThan(from)
  expect(outcome.ms).toBeLessThanOrEqual(to)
}

test('a 429 on a poll stretches every worker’s interval', async () => {
  const [poll, elsewhere] = [worker.poll, worker.anotherPoll()]
  const [limited, other] = [await aProcessingTask('limited'), await aProcessingTask('other')]
  expectWait(await poll(other, worker.run()), [0, INTERVAL_MS])
  expectWait(await elsewhere(other, worker.run()), [0, INTERVAL_MS])

  await worker.arm('rate_limit', 'retrieve')
  await poll(limited, worker.run())
  expect(await worker.troubleOf(limited)).toEqual({ failures: 1 })
  for (const step of [poll, elsewhere]) {
    await vi.waitFor(async () => expectWait(await step(other, worker.run()), [INTERVAL_MS, 2 * INTERVAL_MS]))
  }
  for (const { videoId } of [limited, other]) {
    expect(await worker.tasks.find(videoId)).toMatchObject({ status: 'PROCESSING', attempt: 1 })
  }
})

test('a 429 on content stretches every worker’s interval', async () => {
  const other = await aProcessingTask('still made')
  await worker.setScript(0, 0)
  const completed = await aProcessingTask('content asked too often')
  await worker.arm('rate_limit', 'content')
  await worker.poll(completed, worker.run())
  expect(await worker.troubleOf(completed)).toEqual({ failures: 1 })
  const elsewhere = worker.anotherPoll()
  expectWait(await elsewhere(other, worker.run()), [INTERVAL_MS, 2 * INTERVAL_MS])
})

test('a 429 on the list stretches intervals, fails nobody', async () => {
  const other = await aProcessingTask('still made')
  const lost = await aProcessingTask('lost [fault:accept_reset]')
  await worker.arm('rate_limit', 'list')
  const outcome = await worker.reconcile(lost, worker.run({ looks: 3 }))
  expect(notesOf(outcome)).toEqual({ looks: 3, failures: 1 })
  expect(await worker.tasks.find(lost.videoId)).toMatchObject({ status: 'QUEUED' })
  expect(await worker.ledger.findSubmission(lost.videoId, 1)).toMatchObject({ outcome: 'in_doubt' })

  const elsewhere = worker.anotherPoll()
  expectWait(await elsewhere(other, worker.run()), [INTERVAL_MS, 2 * INTERVAL_MS])
})

test('a 429 while a retry looks stretches the interval', async () => {
  const other = await aProcessingTask('still made')
  const cancelled = await aProcessingTask('cancelled')
  await worker.cancel(cancelled.videoId)
  await worker.arm('rate_limit', 'retrieve')
  await worker.submit(await worker.retry(cancelled), worker.run())
  const elsewhere = worker.anotherPoll()
  expectWait(await elsewhere(other, worker.run()), [INTERVAL_MS, 2 * INTERVAL_MS])
})

test('many 429s at once factor the interval only once', async () => {
  const tasks = [await aProcessingTask('one'), await aProcessingTask('two'), await aProcessingTask('three')]
  const other = await aProcessingTask('other')
  await worker.arm('rate_limit', 'retrieve', { count: 3 })
  for (const task of tasks) await worker.poll(task, worker.run())
  const elsewhere = worker.anotherPoll()
  expectWait(await elsewhere(other, worker.run()), [INTERVAL_MS, 2 * INTERVAL_MS])
})

test.each(['poll_error', 'silence', 'bad_json'])(
  'trouble by %s stretches nobody’s interval',
  async (fault) => {
    const [troubled, other] = [await aProcessingTask('troubled'), await aProcessingTask('other')]
    await worker.arm(fault, 'retrieve')
    await worker.poll(troubled, worker.run())
    const elsewhere = worker.anotherPoll()
    expectWait(await elsewhere(other, worker.run()), [0, INTERVAL_MS])
  },
)

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

/** A lane keeps to its phase: half an interval away at least, and one and a half at most. */
const usual: Wait = [0, 1.5 * INTERVAL_MS]
/** Twice the interval since the lane was run: a slow machine takes nothing like a minute for that. */
const stretched: Wait = [1.5 * INTERVAL_MS, 2 * INTERVAL_MS]
type Wait = [from: number, to: number]

function expectWait(outcome: Outcome, [from, to]: Wait) {
  expect(outcome).toMatchObject({ kind: 'snooze' })
  if (outcome.kind !== 'snooze') return
  expect(outcome.ms).toBeGreaterThan(from)
  expect(outcome.ms).toBeLessThanOrEqual(to)
}

test('429s on polls of two videos stretch every worker’s interval', async () => {
  const [limited, second] = [await aProcessingTask('limited'), await aProcessingTask('limited, too')]
  const other = await aProcessingTask('other')
  for (const isElsewhere of [false, true]) expectWait(await worker.pollLane(other, isElsewhere), usual)

  await worker.arm('rate_limit', 'retrieve', { count: 2 })
  for (const task of [limited, second]) {
    await worker.poll(task)
    expect(await worker.troubleOf(task)).toEqual({ failures: 1 })
  }
  for (const isElsewhere of [false, true])
    await vi.waitFor(async () => expectWait(await worker.pollLane(other, isElsewhere), stretched))
  for (const { videoId } of [limited, second, other]) {
    expect(await worker.tasks.find(videoId)).toMatchObject({ status: 'PROCESSING', attempt: 1 })
  }
})

test('429s on content of two videos stretch every worker’s interval', async () => {
  const other = await aProcessingTask('still made')
  await worker.setScript(0, 0)
  await worker.arm('rate_limit', 'content', { count: 2 })
  for (const prompt of ['content asked too often', 'and again']) {
    const completed = await aProcessingTask(prompt)
    await worker.poll(completed)
    expect(await worker.troubleOf(completed)).toEqual({ failures: 1 })
  }
  expectWait(await worker.pollLane(other, true), stretched)
})

test('429s to one video alone stretch nobody’s interval', async () => {
  const [limited, other] = [await aProcessingTask('limited'), await aProcessingTask('other')]
  await worker.arm('rate_limit', 'retrieve', { count: 3 })
  for (let look = 0; look < 3; look += 1) await worker.poll(limited)
  expect(await worker.troubleOf(limited)).toEqual({ failures: 3 })
  expectWait(await worker.pollLane(other, true), usual)
  expect(await worker.upstreamState.throttle()).toMatchObject({ factors: {} })
})

test('429s to a few of many videos stretch nobody’s interval', async () => {
  const limited = [await aProcessingTask('limited'), await aProcessingTask('limited, too')]
  const other = await aProcessingTask('other')
  for (let look = 0; look < 30; look += 1) await worker.poll(other)
  await worker.arm('rate_limit', 'retrieve', { count: 2 })
  for (const task of limited) await worker.poll(task)
  for (const task of limited) expect(await worker.troubleOf(task)).toEqual({ failures: 1 })
  expectWait(await worker.pollLane(other, true), usual)
})

test('a 429 on the list stretches intervals, fails nobody', async () => {
  const other = await aProcessingTask('still made')
  const lost = await aProcessingTask('lost [fault:accept_reset]')
  await worker.arm('rate_limit', 'list')
  const outcome = await worker.reconcile(lost, worker.run({ looks: 3 }))
  expect(notesOf(outcome)).toEqual({ looks: 3, failures: 1 })
  expect(await worker.tasks.find(lost.videoId)).toMatchObject({ status: 'QUEUED' })
  expect(await worker.ledger.findSubmission(lost.videoId, 1)).toMatchObject({ outcome: 'in_doubt' })

  expectWait(await worker.pollLane(other, true), stretched)
})

test('a 429 while a retry looks stretches the interval', async () => {
  const other = await aProcessingTask('still made')
  const cancelled = await aProcessingTask('cancelled')
  await worker.cancel(cancelled.videoId)
  await worker.arm('rate_limit', 'retrieve')
  await worker.submit(await worker.retry(cancelled), worker.run())
  expectWait(await worker.pollLane(other, true), stretched)
})

test('many 429s at once factor the interval only once', async () => {
  const tasks = [await aProcessingTask('one'), await aProcessingTask('two'), await aProcessingTask('three')]
  const other = await aProcessingTask('other')
  await worker.arm('rate_limit', 'retrieve', { count: 3 })
  for (const task of tasks) await worker.poll(task)
  expectWait(await worker.pollLane(other, true), stretched)
})

test.each(['poll_error', 'silence', 'bad_json'])(
  'trouble by %s stretches nobody’s interval',
  async (fault) => {
    const [troubled, other] = [await aProcessingTask('troubled'), await aProcessingTask('other')]
    await worker.arm(fault, 'retrieve')
    await worker.poll(troubled)
    expectWait(await worker.pollLane(other, true), usual)
  },
)

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

const permits = { maxInFlight: 2 }
let worker: TestWorker
beforeEach(async () => {
  worker = await buildTestWorker(permits)
})
afterEach(() => worker.close())

async function submitOne(prompt: string, by = worker) {
  const task = await by.aTask({ prompt })
  return { task, outcome: await by.submit(task, by.run()) }
}

test('a third video waits until one of two has ended', async () => {
  await worker.setScript(0, 1)
  const { task: first } = await submitOne('first')
  await submitOne('second')
  const { task: third, outcome } = await submitOne('third')
  expect(outcome).toMatchObject({ kind: 'pause' })
  expect(await worker.tasks.find(third.videoId)).toMatchObject({ status: 'QUEUED', version: 1 })
  expect(await worker.ledger.findSubmission(third.videoId, 1)).toBeUndefined()
  expect((await worker.bill()).total).toBe(2)

  await vi.waitFor(async () => expect(await worker.poll(first)).toEqual({ kind: 'done' }))
  expect(await worker.submit(third, worker.run())).toEqual({ kind: 'done' })
  expect(await worker.tasks.find(third.videoId)).toMatchObject({ status: 'PROCESSING' })
  expect((await worker.bill()).total).toBe(3)
})

test('of ten submits at once no more than two pay', async () => {
  const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => submitOne(`at once ${i}`)))
  expect(outcomes.filter(({ outcome }) => outcome.kind === 'done')).toHaveLength(2)
  expect(outcomes.filter(({ outcome }) => outcome.kind === 'pause')).toHaveLength(8)
  expect((await worker.bill()).total).toBe(2)
})

test('an answer in doubt keeps its permit until settled', async () => {
  const { task: lost } = await submitOne('lost [fault:accept_reset]')
  await submitOne('made')
  expect((await submitOne('waits')).outcome).toMatchObject({ kind: 'pause' })

  await worker.ledger.giveUp(lost, { errorCode: 'submission_unknown', errorMessage: '-' })
  expect((await submitOne('goes')).outcome).toEqual({ kind: 'done' })
})

test('a refused submission gives its permit back', async () => {
  await submitOne('made')
  for (let i = 0; i < 3; i += 1) await submitOne(`refused ${i} [fault:refuse]`)
  expect((await submitOne('goes')).outcome).toEqual({ kind: 'done' })
})

test('a cancelled task gives its permit back', async () => {
  const { task } = await submitOne('cancelled')
  await submitOne('made')
  await worker.cancel(task.videoId)
  expect((await submitOne('goes')).outcome).toEqual({ kind: 'done' })
})

test('a wait for a permit ends by itself', async () => {
  const { task: first } = await submitOne('first of two')
  await submitOne('second of two')
  const third = await worker.aTask({ prompt: 'third of two' })
  await worker.queues.enqueueSubmit(third)
  const paused = Promise.withResolvers<void>()
  worker.startSubmits(async (attempt, run) => {
    const outcome = await worker.submit(attempt, run)
    if (outcome.kind === 'pause') paused.resolve()
    return outcome
  })
  await paused.promise
  await worker.cancel(first.videoId)
  await vi.waitFor(async () =>
    expect(await worker.tasks.find(third.videoId)).toMatchObject({ status: 'PROCESSING' }),
  )
  expect((await worker.bill()).total).toBe(3)
})

test('without a permit no connection to upstream is opened', async () => {
  let made = 0
  const upstream = await startOddUpstream((request, response) => {
    made += 1
    request.resume()
    response
      .writeHead(200, { connection: 'close' })
      .end(JSON.stringify({ id: `up_${made}`, status: 'queued' }))
  })
  const counting = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl }, ...permits })
  try {
    await submitOne('first', counting)
    await submitOne('second', counting)
    expect(upstream.connections()).toBe(2)
    for (let i = 0; i < 3; i += 1) {
      expect((await submitOne(`waits ${i}`, counting)).outcome).toMatchObject({ kind: 'pause' })
    }
    expect(upstream.connections()).toBe(2)
  } finally {
    await counting.close()
    await upstream.close()
  }
})

import { randomBytes } from 'node:crypto'
import { openProducerConnection } from '@reelay/queue/connection'
import { createQueues } from '@reelay/queue/queues'
import { createEvents } from '@reelay/telemetry/events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startSweeping } from '../src/sweep.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

let worker: TestWorker
beforeEach(async () => {
  worker = await buildTestWorker()
})
afterEach(() => worker.close())

test('a sweep that Redis refused is made again soon after Redis is back', async () => {
  const connection = openProducerConnection(process.env.REDIS_URL ?? '', worker.log)
  const queues = createQueues({ connection, prefix: `test-${randomBytes(6).toString('hex')}` })
  const task = await worker.aTask()
  await vi.waitFor(() => expect(connection.status).toBe('ready'))
  connection.disconnect()

  const finished = vi.fn()
  const events = createEvents().on('swept', finished)
  const giveBack = vi.fn(async () => {})
  const refused = vi.spyOn(worker.log, 'warn')
  const sweeping = startSweeping({
    ...worker,
    queues,
    lease: { take: async () => true, giveBack },
    intervalMs: 30_000,
    events,
  })
  await vi.waitFor(() => expect(refused).toHaveBeenCalledWith(expect.anything(), 'sweep not finished'))
  expect(finished).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(giveBack).toHaveBeenCalledOnce())

  await connection.connect()
  await vi.waitFor(() =>
    expect(finished).toHaveBeenCalledWith({ submit: 1, reconcile: 0, poll: 0, archive: 0 }),
  )
  expect(await queues.state('submit', task)).toBe('prioritized')
  await sweeping.stop()
  await queues.close()
  connection.disconnect()
})

test('a worker whose turn it was not asks again long before the next sweep would be due', async () => {
  const finished = vi.fn()
  const events = createEvents().on('swept', finished)
  const take = vi.fn(async () => take.mock.calls.length > 10)
  const lease = { take, giveBack: async () => {} }
  const sweeping = startSweeping({ ...worker, lease, intervalMs: 2000, events })
  await vi.waitFor(() => expect(finished).toHaveBeenCalled())
  await sweeping.stop()
})

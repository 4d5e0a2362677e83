import { once } from 'node:events'
import type { ReelayClient } from '@reelay/client/client'
import { expect, test, vi } from 'vitest'
import { admin, startTestStack } from './test-stack.ts'

const quick = {
  REMIX_ACCEPT_WAIT_MS: '0',
  SORA_SUBMIT_TIMEOUT_MS: '2000',
  SEND_WINDOW_MS: '500',
  RECONCILE_WINDOW_MS: '4000',
  LOCK_DURATION_MS: '1000',
  STALLED_INTERVAL_MS: '500',
  SWEEP_INTERVAL_MS: '500',
  POLL_INTERVAL_MS: '500',
  SIMULATOR_QUEUED_MS: '100',
  SIMULATOR_RENDER_MS: '3000',
}
const TASKS = 10

test.concurrent('a worker killed while ten answers are on their way pays for none twice', async () => {
  await using own = await startTestStack(quick, 1)
  const { client, stack } = own
  const ids = await submitMany(client, 'killed [fault:slow=1500]')
  await vi.waitFor(async () => expect(await admin(stack, 'bill')).toMatchObject({ total: TASKS }), 10_000)

  const [worker] = stack.processes.workers
  worker?.kill('SIGKILL')
  if (worker) await once(worker, 'exit')
  for (const videoId of ids) expect(await client.task(videoId)).toMatchObject({ status: 'QUEUED' })
  stack.addWorker()

  await expectAllCompleted(client, ids)
  const { total, jobs } = (await admin(stack, 'bill')) as { total: number; jobs: { count: number }[] }
  expect(total).toBe(TASKS)
  expect(jobs.every(({ count }) => count === 1)).toBe(true)
})

test.concurrent('a worker told to stop waits for the ten answers on their way', async () => {
  await using own = await startTestStack(quick, 1)
  const { client, stack } = own
  const ids = await submitMany(client, 'stopped [fault:slow=1500]')
  await vi.waitFor(async () => expect(await admin(stack, 'bill')).toMatchObject({ total: TASKS }), 10_000)

  const [worker] = stack.processes.workers
  worker?.kill('SIGTERM')
  if (worker) expect(await once(worker, 'exit')).toEqual([0, null])
  for (const videoId of ids) expect(await client.task(videoId)).toMatchObject({ status: 'PROCESSING' })
  stack.addWorker()
  await expectAllCompleted(client, ids)
  expect(await admin(stack, 'bill')).toMatchObject({ total: TASKS })
})

test.concurrent('tasks go on by themselves after Redis lost every key', async () => {
  await using own = await startTestStack(quick, 2)
  const { client, stack } = own
  const ids = await submitMany(client, 'forgotten')
  expect(await own.forgetRedis()).toBeGreaterThan(TASKS)
  await expectAllCompleted(client, ids)
  expect(await admin(stack, 'bill')).toMatchObject({ total: TASKS })
})

async function submitMany(client: ReelayClient, prompt: string): Promise<string[]> {
  const submitted = await Promise.all(
    Array.from({ length: TASKS }, (_, i) => client.createTask({ prompt: `${prompt} ${i}` })),
  )
  return submitted.map(({ videoId }) => videoId)
}

async function expectAllCompleted(client: ReelayClient, ids: string[]): Promise<void> {
  const ends = await Promise.all(
    ids.map(async (id) => (await Array.fromAsync(client.follow(id))).at(-1)?.status),
  )
  expect(ends).toEqual(ids.map(() => 'COMPLETED'))
}

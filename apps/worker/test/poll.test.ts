import { firstCredential } from '@reelay/contracts/credential'
import { laneOf } from '@reelay/contracts/lanes'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sweep } from '../src/sweep.ts'
import { buildTestWorker } from './test-worker.ts'

let worker: Awaited<ReturnType<typeof buildTestWorker>>
beforeAll(async () => {
  worker = await buildTestWorker()
})
afterAll(() => worker.close())

type Processing = TaskRow & { acceptedAt: Date }

async function aProcessingTask(prompt: string) {
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  return task
}

async function setScript(script: { queuedMs: number; renderMs: number }) {
  await fetch(`${worker.simulator.adminUrl}/script`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(script),
  })
}

test('a poll writes progress only when it rose', async () => {
  await setScript({ queuedMs: 600_000, renderMs: 1000 })
  const waiting = await aProcessingTask('waits')
  await worker.poll(waiting)
  expect(await worker.tasks.find(waiting.videoId)).toMatchObject({ progress: 0, version: 2 })

  await setScript({ queuedMs: 0, renderMs: 20_000 })
  const task = await aProcessingTask('rises')
  await vi.waitFor(async () => {
    expect(await worker.poll(task)).toMatchObject({ kind: 'snooze' })
    const risen = await worker.tasks.find(task.videoId)
    expect(risen?.progress).toBeGreaterThan(0)
    expect(risen?.version).toBe(3)
  })
})

test('a finished video completes the task and ends its polls', async () => {
  await setScript({ queuedMs: 0, renderMs: 1 })
  const task = await aProcessingTask('finished')
  await vi.waitFor(async () => expect(await worker.poll(task)).toEqual({ kind: 'done' }))
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'COMPLETED',
    progress: 100,
    errorCode: null,
  })
  expect(await worker.poll(task)).toEqual({ kind: 'done' })
})

test('a video that failed in passing is made once more', async () => {
  await setScript({ queuedMs: 0, renderMs: 1 })
  const task = await aProcessingTask('hiccup [fault:transient]')
  await vi.waitFor(async () => expect(await worker.poll(task)).toEqual({ kind: 'done' }))
  const second = await worker.tasks.find(task.videoId)
  expect(second).toMatchObject({
    status: 'QUEUED',
    attempt: 2,
    autoRetriesUsed: 1,
    externalTaskId: null,
    progress: 0,
  })
  if (!second) return

  expect(await worker.jobState('submit', second)).toBe('prioritized')
  await worker.submit(second, worker.run())
  await vi.waitFor(async () => expect(await worker.poll(second)).toEqual({ kind: 'done' }))
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'COMPLETED', attempt: 2 })
})

test('a video blocked by moderation ends the task at once', async () => {
  await setScript({ queuedMs: 0, renderMs: 1 })
  const task = await aProcessingTask('blocked [fault:moderation]')
  await vi.waitFor(async () => expect(await worker.poll(task)).toEqual({ kind: 'done' }))
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'FAILED',
    errorCode: 'moderation_blocked',
    upstreamCode: 'moderation_blocked',
  })
})

test('trouble on the way keeps the task and is counted', async () => {
  const task = await aProcessingTask('trouble [fault:poll_error=2]')
  expect(await worker.poll(task)).toMatchObject({ kind: 'snooze' })
  expect(await worker.troubleOf(task)).toEqual({ failures: 1 })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', version: 2 })
})

test('a video that upstream missed and has again is told of once', async () => {
  await setScript({ queuedMs: 600_000, renderMs: 1000 })
  const task = await aProcessingTask('missed')
  const told = vi.fn()
  worker.events.on('videoFoundAgain', told)
  await worker.arm('missing', 'retrieve')
  await worker.poll(task)
  expect(await worker.troubleOf(task)).toMatchObject({ misses: 1 })
  expect(told).not.toHaveBeenCalled()

  await worker.poll(task)
  expect(told.mock.calls).toEqual([[{ credential: firstCredential }]])
  await worker.poll(task)
  expect(told).toHaveBeenCalledTimes(1)
})

test('the sweep enqueues what nobody works on', async () => {
  const queued = await worker.aTask({ prompt: 'never enqueued' })
  const processing = (await worker.tasks.find((await aProcessingTask('lost its poll')).videoId)) as Processing
  await worker.queues.remove('poll', laneOf(processing))
  const lost = await worker.aTask({ prompt: 'never looked for [fault:no_answer]' })
  await worker.submit(lost, worker.run())
  await worker.queues.remove('reconcile', lost)
  expect(await worker.jobState('submit', queued)).toBe('unknown')

  await sweep(worker)
  expect(await worker.jobState('submit', queued)).toBe('prioritized')
  expect(await worker.laneState(processing)).toBe('delayed')
  expect(await worker.jobState('reconcile', lost)).toBe('waiting')
})

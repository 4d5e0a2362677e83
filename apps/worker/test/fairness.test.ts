import type { TaskRow } from '@reelay/db/schema'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { done, pause, snooze } from '../src/outcome.ts'
import { sweep } from '../src/sweep.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

let worker: TestWorker
beforeEach(async () => {
  worker = await buildTestWorker()
})
afterEach(() => worker.close())

/** Queued one after the other, so that they have an order. */
async function manyTasks(count: number): Promise<TaskRow[]> {
  const tasks: TaskRow[] = []
  for (let i = 0; i < count; i += 1) tasks.push(await worker.aTask({ prompt: `one of many ${i}` }))
  return tasks
}

async function aTaskOf(username: string): Promise<TaskRow> {
  const { id } = await worker.aUser(username)
  return worker.aTask({ userId: id, prompt: `of ${username}` })
}

async function enqueueInTurn(task: TaskRow) {
  const positions = await worker.tasks.queuePositions([task.videoId])
  await worker.queues.enqueueSubmit(task, positions.get(task.videoId))
}

function inOrder(tasks: TaskRow[]): string[] {
  const nameOf = ({ queuedAt, videoId }: TaskRow) => [queuedAt.getTime(), videoId] as const
  return tasks
    .map(nameOf)
    .sort(([a, one], [b, other]) => a - b || (one < other ? -1 : 1))
    .map(([, videoId]) => videoId)
}

test('a second user’s first task overtakes fifty of the first', async () => {
  const many = await manyTasks(50)
  for (const task of many) await enqueueInTurn(task)
  const order: string[] = []
  const goOn = Promise.withResolvers<void>()
  worker.startSubmits(async (attempt, run) => {
    order.push(attempt.videoId)
    await goOn.promise
    return worker.submit(attempt, run)
  })
  await vi.waitFor(() => expect(order).toHaveLength(1))
  const only = await aTaskOf('newcomer')
  await enqueueInTurn(only)
  goOn.resolve()

  await vi.waitFor(() => expect(order).toHaveLength(51))
  expect(order.indexOf(only.videoId)).toBe(1)
  expect(order.filter((videoId) => videoId !== only.videoId)).toEqual(inOrder(many))
  await vi.waitFor(async () => expect((await worker.bill()).total).toBe(51))
})

test('two users with many tasks take turns', async () => {
  const mine = await manyTasks(10)
  const { id: userId } = await worker.aUser('other')
  const theirs: TaskRow[] = []
  for (let i = 0; i < 10; i += 1) theirs.push(await worker.aTask({ userId, prompt: `theirs ${i}` }))
  for (const task of [...mine, ...theirs]) await enqueueInTurn(task)

  const order: string[] = []
  worker.startSubmits(async ({ videoId }) => {
    order.push(videoId)
    return done()
  })
  await vi.waitFor(() => expect(order).toHaveLength(20))
  const [ours, others] = [inOrder(mine), inOrder(theirs)]
  expect(order).toEqual(ours.flatMap((videoId, i) => [videoId, others[i]]))
})

test.each([
  ['snoozed', snooze(0)],
  ['paused', pause(50)],
])('a %s job keeps its priority', async (_, outcome) => {
  const [first, middle, last] = (await manyTasks(3)) as [TaskRow, TaskRow, TaskRow]
  const order: string[] = []
  const goOn = Promise.withResolvers<void>()
  worker.startSubmits(async ({ videoId }) => {
    order.push(videoId)
    await goOn.promise
    return order.length === 1 ? outcome : done()
  })
  await worker.queues.enqueueSubmit(middle, 5)
  await vi.waitFor(() => expect(order).toHaveLength(1))
  await worker.queues.enqueueSubmit(last, 9)
  await worker.queues.enqueueSubmit(first, 1)
  goOn.resolve()
  await vi.waitFor(() => expect(order).toHaveLength(4))
  expect(order).toEqual([middle, first, middle, last].map(({ videoId }) => videoId))
})

test('a sweep restores the order after Redis forgot everything', async () => {
  const many = await manyTasks(50)
  const only = await aTaskOf('forgotten')
  for (const task of [only, ...many]) await worker.queues.enqueueSubmit(task)
  await worker.forgetQueues()
  expect(await worker.jobState('submit', only)).toBe('unknown')

  await sweep(worker)
  const order: string[] = []
  worker.startSubmits(async ({ videoId }) => {
    order.push(videoId)
    return done()
  })
  await vi.waitFor(() => expect(order).toHaveLength(51))
  expect(order.indexOf(only.videoId)).toBeLessThanOrEqual(1)
  expect(order.filter((videoId) => videoId !== only.videoId)).toEqual(inOrder(many))
})

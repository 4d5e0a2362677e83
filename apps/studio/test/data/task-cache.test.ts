import type { Task, TaskState } from '@reelay/client/client'
import { QueryClient } from '@tanstack/preact-query'
import { expect, test, vi } from 'vitest'
import { taskKeys } from '../../src/data/query-keys.ts'
import { createTaskCache } from '../../src/data/task-cache.ts'
import type { TaskList } from '../../src/data/task-lists.ts'
import { aTask } from '../a-task.ts'

const noClient = { task: () => Promise.reject(new Error('not to be asked')) }

test('an event changes a task everywhere, and moves it from list to list', () => {
  const { cache, queries, idsIn } = aCache({
    all: [aTask('a', 10)],
    QUEUED: [],
    PROCESSING: [aTask('a', 10)],
  })
  queries.setQueryData(taskKeys.one('a'), aTask('a', 10))
  cache.applyState(stateOf(aTask('a', 10, { version: 2, status: 'QUEUED', progress: 0 })), noClient)
  expect(queries.getQueryData(taskKeys.one('a'))).toMatchObject({
    status: 'QUEUED',
    prompt: aTask('a', 10).prompt,
  })
  expect(idsIn()).toEqual(['a'])
  expect(idsIn('PROCESSING')).toEqual([])
  expect(idsIn('QUEUED')).toEqual(['a'])
})

test('an answer that is older than an event does not undo it', () => {
  const { cache } = aCache({ all: [] })
  cache.applyState(stateOf(aTask('a', 10, { version: 3, progress: 90 })), {
    task: async () => aTask('a', 10),
  })
  expect(cache.current(aTask('a', 10, { version: 2, progress: 50 }))).toMatchObject({
    version: 3,
    progress: 90,
  })
})

test('a task that nobody knew is read once and comes into the list', async () => {
  const { cache, idsIn } = aCache({ all: [aTask('a', 10)] })
  const task = vi.fn(async () => aTask('new', 20))
  cache.applyState(stateOf(aTask('new', 20)), { task })
  cache.applyState(stateOf(aTask('new', 20, { version: 2 })), { task })
  await expect.poll(() => idsIn()).toEqual(['new', 'a'])
  expect(task).toHaveBeenCalledTimes(1)
})

test('a task that no list would show is not read', async () => {
  const { cache } = aCache({ COMPLETED: [] })
  const task = vi.fn(async () => aTask('new', 20))
  cache.applyState(stateOf(aTask('new', 20)), { task })
  await Promise.resolve()
  expect(task).not.toHaveBeenCalled()
})

test('many new tasks at once are read as a list', async () => {
  const { cache, queries } = aCache({ all: [] })
  const task = vi.fn(async () => aTask('new', 20))
  const invalidate = vi.spyOn(queries, 'invalidateQueries')
  for (let i = 0; i < 20; i += 1) cache.applyState(stateOf(aTask(`new-${i}`, 20)), { task })
  await expect.poll(() => invalidate.mock.calls).toEqual([[{ queryKey: taskKeys.lists }]])
  expect(task).not.toHaveBeenCalled()
})

test('a task that was made here is in the lists at once, and one that was deleted in none', () => {
  const { cache, queries, idsIn } = aCache({ all: [aTask('a', 10)] })
  cache.put(aTask('mine', 30))
  expect(idsIn()).toEqual(['mine', 'a'])
  cache.forget('mine')
  expect(idsIn()).toEqual(['a'])
  expect(queries.getQueryData(taskKeys.one('mine'))).toBeUndefined()
})

test('whoever listens hears of every event until it has had enough', () => {
  const { cache } = aCache({ all: [aTask('a', 10)] })
  const heard: number[] = []
  const leave = cache.onChange(({ version }) => heard.push(version))
  for (const version of [2, 3]) cache.applyState(stateOf(aTask('a', 10, { version })), noClient)
  leave()
  cache.applyState(stateOf(aTask('a', 10, { version: 4 })), noClient)
  expect(heard).toEqual([2, 3])
})

type Lists = Partial<Record<'all' | Task['status'], Task[]>>

function aCache(lists: Lists) {
  const queries = new QueryClient()
  const keyOf = (name: string) => taskKeys.list(name === 'all' ? undefined : (name as Task['status']))
  for (const [name, tasks] of Object.entries(lists)) {
    const page = { tasks, total: tasks.length, page: 1, pageSize: 24, nextCursor: null }
    queries.setQueryData<TaskList>(keyOf(name), { pages: [page], pageParams: [null] })
  }
  const idsIn = (name = 'all') =>
    queries
      .getQueryData<TaskList>(keyOf(name))
      ?.pages.flatMap(({ tasks }) => tasks.map(({ videoId }) => videoId))
  return { queries, cache: createTaskCache(queries), idsIn }
}

function stateOf({ prompt: _, metadata: __, ...state }: Task): TaskState {
  return state
}

import type { Task } from '@reelay/client/client'
import { describe, expect, test } from 'vitest'
import {
  belongsInList,
  listWithout,
  listWithState,
  listWithTask,
  type TaskList,
  withState,
} from '../../src/data/task-lists.ts'
import { aTask } from '../a-task.ts'

const [c, b, a] = [aTask('c', 30), aTask('b', 20), aTask('a', 10)]
const list = aList([[c, b], [a]])

test('an event changes a task and keeps the words that it does not tell', () => {
  const after = withState(a, { ...a, prompt: undefined, version: 2, progress: 80 } as never)
  expect(after).toMatchObject({ prompt: a.prompt, metadata: a.metadata, progress: 80, version: 2 })
})

test('what an event no longer says of a task is over', () => {
  const { held: _, ...state } = aTask('a', 10, { version: 2 })
  const held = { because: 'rate_limited', until: '2026-01-01T00:00:00.000Z' } as const
  expect(withState({ ...a, overdue: true, held }, state)).not.toHaveProperty('overdue')
  expect(withState({ ...a, held }, state)).not.toHaveProperty('held')
})

test('an event that is not newer changes nothing', () => {
  expect(
    withState(aTask('a', 10, { version: 3 }), aTask('a', 10, { version: 3, progress: 99 })),
  ).toMatchObject({ progress: a.progress })
  expect(listWithState(list, b)).toBe(list)
})

test('a task is changed on the page that it is on', () => {
  const after = listWithState(list, aTask('a', 10, { version: 2, progress: 70 }))
  expect(after.pages[1]?.tasks[0]).toMatchObject({ videoId: 'a', progress: 70 })
  expect(after.pages[0]?.tasks).toEqual([c, b])
})

test('a task leaves the list of a status that it no longer has', () => {
  const after = listWithState(list, aTask('b', 20, { version: 2, status: 'COMPLETED' }), 'PROCESSING')
  expect(idsOf(after)).toEqual(['c', 'a'])
})

describe('a new task', () => {
  test.each([
    ['first', 40, ['new', 'c', 'b', 'a']],
    ['between', 25, ['c', 'new', 'b', 'a']],
    ['last', 5, ['c', 'b', 'a', 'new']],
  ])('comes %s as its age has it', (_, minute, ids) => {
    expect(idsOf(listWithTask(list, aTask('new', minute)))).toEqual(ids)
  })

  test('comes into an empty list', () => {
    expect(idsOf(listWithTask(aList([[]]), a))).toEqual(['a'])
  })

  test('comes once', () => {
    expect(idsOf(listWithTask(list, aTask('b', 20, { version: 2 })))).toEqual(['c', 'b', 'a'])
  })

  test('does not come into the list of another status', () => {
    expect(listWithTask(list, aTask('new', 40, { status: 'FAILED' }), 'COMPLETED')).toBe(list)
  })

  test('that is older than what was loaded comes with a later page', () => {
    const partial = aList([[c, b]], 'a cursor')
    expect(belongsInList(partial, a)).toBe(false)
    expect(belongsInList(partial, aTask('new', 40))).toBe(true)
    expect(belongsInList(list, aTask('new', 1))).toBe(true)
  })
})

test('a deleted task is gone, and one that was not there changes nothing', () => {
  expect(idsOf(listWithout(list, 'c'))).toEqual(['b', 'a'])
  expect(listWithout(list, 'x')).toBe(list)
})

function aList(pages: Task[][], nextCursor: string | null = null): TaskList {
  return {
    pages: pages.map((tasks, i) => ({
      ...{ tasks, total: 3, page: i + 1, pageSize: 2 },
      nextCursor: i === pages.length - 1 ? nextCursor : 'more',
    })),
    pageParams: pages.map(() => null),
  }
}

function idsOf({ pages }: TaskList): string[] {
  return pages.flatMap(({ tasks }) => tasks).map(({ videoId }) => videoId)
}

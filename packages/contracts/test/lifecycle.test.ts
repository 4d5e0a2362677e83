import { expect, test } from 'vitest'
import {
  isTerminal,
  mayMove,
  moves,
  type TaskStatus,
  taskStatuses,
  unfinishedStatuses,
} from '../src/lifecycle.ts'

const allowed: [TaskStatus, TaskStatus[]][] = [
  ['QUEUED', ['PROCESSING', 'FAILED', 'CANCELLED']],
  ['PROCESSING', ['QUEUED', 'COMPLETED', 'FAILED', 'CANCELLED']],
  ['COMPLETED', []],
  ['FAILED', ['QUEUED']],
  ['CANCELLED', ['QUEUED']],
]

test.each(allowed)('from %s a task may move to %j', (from, to) => {
  expect([...moves[from]].sort()).toEqual([...to].sort())
  expect(taskStatuses.filter((status) => mayMove(from, status)).sort()).toEqual([...to].sort())
})

test('every status is either unfinished or terminal', () => {
  for (const status of taskStatuses) {
    expect(isTerminal(status)).toBe(!(unfinishedStatuses as readonly string[]).includes(status))
  }
})

test('a terminal task is only ever queued again', () => {
  for (const status of taskStatuses.filter(isTerminal)) {
    expect(taskStatuses.filter((to) => to !== 'QUEUED' && mayMove(status, to))).toEqual([])
  }
})

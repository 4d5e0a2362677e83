import { Task, TaskState } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import type { TaskRow } from '../src/schema.ts'
import { toTaskState } from '../src/task-state.ts'
import { anExternalId, aVideoId } from './rows.ts'

const acceptedAt = new Date('2025-11-07T07:20:00.000Z')
const options = { now: acceptedAt.getTime() + 1000, overdueMs: 600_000 }
const row: TaskRow = {
  videoId: aVideoId(),
  userId: 'canary-user',
  clientRequestId: 'key',
  requestHash: 'canary-hash',
  status: 'PROCESSING',
  attempt: 1,
  autoRetriesUsed: 0,
  force: false,
  version: 2,
  progress: 40,
  externalTaskId: anExternalId(),
  prompt: 'canary-prompt',
  model: 'sora-2',
  size: '1280x720',
  seconds: '4',
  metadata: { own: 'canary-metadata' },
  errorCode: null,
  errorMessage: null,
  upstreamCode: null,
  createdAt: acceptedAt,
  updatedAt: acceptedAt,
  queuedAt: acceptedAt,
  acceptedAt,
  completedAt: null,
}

test("a row's state is what events may carry", () => {
  const state = toTaskState(row, options)
  expect(TaskState.strict().parse(state)).toEqual(state)
  expect(JSON.stringify(state)).not.toContain('canary')
})

test("a row's state with prompt and metadata is the task", () => {
  const { prompt, metadata } = row
  expect(Task.safeParse({ ...toTaskState(row, options), prompt, metadata }).success).toBe(true)
})

test('a remix names the task that it was made from', () => {
  const remix_from = aVideoId()
  const metadata = { type: 'remix', remix_from } as const
  expect(toTaskState({ ...row, metadata }, options).remixed_from).toBe(remix_from)
  expect(toTaskState(row, options)).not.toHaveProperty('remixed_from')
})

test.each([
  ['right after acceptance', 'PROCESSING', 1000, undefined],
  ['at the very limit', 'PROCESSING', 600_000, undefined],
  ['past the limit', 'PROCESSING', 600_001, true],
  ['past the limit, but completed', 'COMPLETED', 600_001, undefined],
] as const)('a task %s is overdue only if it should have ended', (_, status, age, overdue) => {
  const now = acceptedAt.getTime() + age
  expect(toTaskState({ ...row, status }, { ...options, now }).overdue).toBe(overdue)
})

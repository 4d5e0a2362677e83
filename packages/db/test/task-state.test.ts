import { Task, TaskState } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import type { TaskRow } from '../src/schema.ts'
import { toTaskState } from '../src/task-state.ts'
import { anExternalId, aVideoId } from './rows.ts'

const acceptedAt = new Date('2025-11-07T07:20:00.000Z')
const row: TaskRow = {
  videoId: aVideoId(),
  userId: 'canary-user',
  clientRequestId: 'key',
  firstSend: null,
  asked: null,
  requestHash: 'canary-hash',
  status: 'PROCESSING',
  attempt: 1,
  autoRetriesUsed: 0,
  force: false,
  version: 2,
  progress: 40,
  overdue: false,
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
  const state = toTaskState(row)
  expect(TaskState.strict().parse(state)).toEqual(state)
  expect(JSON.stringify(state)).not.toContain('canary')
})

test("a row's state with prompt and metadata is the task", () => {
  const { prompt, metadata } = row
  expect(Task.safeParse({ ...toTaskState(row), prompt, metadata }).success).toBe(true)
})

test('a remix names the task that it was made from', () => {
  const remix_from = aVideoId()
  const metadata = { type: 'remix', remix_from } as const
  expect(toTaskState({ ...row, metadata }).remixed_from).toBe(remix_from)
  expect(toTaskState(row)).not.toHaveProperty('remixed_from')
})

test.each([
  ['PROCESSING', false, undefined],
  ['PROCESSING', true, true],
  ['COMPLETED', true, undefined],
] as const)('a task that is %s with overdue %s says %s', (status, overdue, says) => {
  expect(toTaskState({ ...row, status, overdue }).overdue).toBe(says)
})

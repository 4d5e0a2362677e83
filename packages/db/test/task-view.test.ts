import { firstCredential } from '@reelay/contracts/credential'
import { Task, TaskState } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import type { TaskRow } from '../src/schema.ts'
import { toTaskView } from '../src/task-view.ts'
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
  credential: firstCredential,
  pinnedTo: null,
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
  pollTrouble: null,
  completedAt: null,
  deletedAt: null,
  archive: null,
  clip: null,
  archivedAt: null,
}

test("a row's state is what events may carry", () => {
  const state = toTaskView(row)
  expect(TaskState.strict().parse(state)).toEqual(state)
  expect(JSON.stringify(state)).not.toContain('canary')
})

test("a row's state with prompt and metadata is the task", () => {
  const { prompt, metadata } = row
  expect(Task.safeParse({ ...toTaskView(row), prompt, metadata }).success).toBe(true)
})

test('a remix names the task that it was made from', () => {
  const remix_from = aVideoId()
  const metadata = { type: 'remix', remix_from } as const
  expect(toTaskView({ ...row, metadata }).remixed_from).toBe(remix_from)
  expect(toTaskView(row)).not.toHaveProperty('remixed_from')
})

test.each([
  ['PROCESSING', false, undefined],
  ['PROCESSING', true, true],
  ['COMPLETED', true, undefined],
] as const)('a task that is %s with overdue %s says %s', (status, overdue, says) => {
  expect(toTaskView({ ...row, status, overdue }).overdue).toBe(says)
})

test.each<[string, object, object]>([
  ['a code of a newer version', { errorCode: 'of_tomorrow' }, { errorCode: 'upstream_failed' }],
  ['no code', { errorCode: '' }, { errorCode: null }],
  ['an id of nothing', { externalTaskId: '' }, { externalTaskId: null }],
  ['an endless id', { externalTaskId: 'x'.repeat(100_000) }, { externalTaskId: null }],
  ['no attempt', { attempt: 0, version: -1 }, { attempt: 1, version: 1 }],
  ['no date', { createdAt: new Date('infinity') }, { createdAt: '1970-01-01T00:00:00.000Z' }],
  ['a date before Christ', { updatedAt: new Date(-1e14) }, { updatedAt: '1970-01-01T00:00:00.000Z' }],
  ['a date of five digits', { completedAt: new Date(8e15) }, { completedAt: '9999-12-31T00:00:00.000Z' }],
])('a row with %s is shown as the nearest that can be', (_, own, shown) => {
  const state = toTaskView({ ...row, ...own } as TaskRow)
  expect(state).toMatchObject(shown)
  expect(TaskState.strict().parse(state)).toEqual(state)
})

import { expect, test } from 'vitest'
import { ExternalTaskId, type TaskState, VideoId } from '../src/task.ts'
import { TaskUpdate, taskUpdate } from '../src/task-update.ts'

const state: TaskState = {
  videoId: VideoId.parse('video_1762500000000_abc1234'),
  externalTaskId: ExternalTaskId.parse('up_1'),
  clientRequestId: null,
  status: 'PROCESSING',
  progress: 40,
  model: null,
  size: null,
  seconds: null,
  videoUrl: null,
  errorCode: null,
  errorMessage: null,
  upstreamCode: null,
  attempt: 1,
  version: 3,
  createdAt: '2025-11-07T07:20:00.000Z',
  updatedAt: '2025-11-07T07:21:00.123Z',
  completedAt: null,
  archivedAt: null,
  clip: null,
  archiveError: null,
}

test("an update is stamped with its move's time", () => {
  const update = taskUpdate(state)
  expect(update).toEqual({ type: 'taskUpdate', timestamp: 1762500060123, payload: state })
  expect(TaskUpdate.parse(update)).toEqual(update)
})

test('an update of a failed task says why', () => {
  const failed = { ...state, status: 'FAILED', errorCode: 'timeout', errorMessage: 'too late' } as const
  expect(TaskUpdate.parse(taskUpdate(failed)).payload.error).toEqual({ message: 'too late' })
})

test('an update that carries a prompt loses it', () => {
  const carrying = { ...taskUpdate(state), payload: { ...state, prompt: 'boat', metadata: { a: 1 } } }
  expect(JSON.stringify(TaskUpdate.parse(carrying))).not.toMatch(/prompt|metadata/)
})

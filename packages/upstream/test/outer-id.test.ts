import { describe, expect, test } from 'vitest'
import { videoIn } from './usual.ts'

describe('the id beside a word for how it goes is the new video’s', () => {
  test.each<object>([
    { id: 'v2', status: 'queued', response: { id: 'resp_1' } },
    { id: 'v2', status: 'queued', result: { id: 'file' } },
    { id: 'v2', status: 'queued', task: { id: 'worker-9' } },
    { id: 'v2', status: 'queued', job: { id: 'worker-9', status: 'starting' } },
    { id: 'v2', status: 'IN_PROGRESS', data: { id: 'x' } },
    { id: 'v2', state: 'pending', data: [{ id: 'x' }] },
    { id: 'v2', task_status: 'submitted', code: 0, data: { id: 'x' } },
    { id: 'v2', status: { state: 'queued' }, success: true, result: { id: 'x' } },
    { id: 'v2', code: 0, status: 'queued', outputs: [{ id: 'clip_1' }] },
    { id: 'v2', code: 0, status: 'queued', video: { id: 'clip_1' } },
    { id: 'v2', object: 'video', status: 'queued', code: 200, data: { id: 'x' } },
    { id: 'v2', status: 'created', response: { id: 'resp_1' } },
    { id: 'v2', status: 'accepted', result: { id: 'file' } },
    { id: 'v2', status: 'completed', result: { id: 'file' } },
    { id: 'v2', status: 'done', code: 0, output: { id: 'file', url: 'https://cdn.example/1.mp4' } },
    { id: 'v2', object: 'video', code: 0, data: { id: 'x' } },
    { id: 'v2', object: 'video', success: true, progress: 0, result: { id: 'x' } },
  ])('in %j', (body) => {
    expect(videoIn(body)?.id).toBe('v2')
  })
})

describe('the id beside it is the request’s', () => {
  test.each<object>([
    { id: 'r', status: 'queued', data: { task_id: 'v2' } },
    { id: 'r', status: 'queued', task: { task_id: 'v2', status: 'queued' } },
    { id: 'r', status: 'pending', output: { video_id: 'v2' } },
    { id: 'r', status: 'success', data: { id: 'v2' } },
    { id: 'r', status: 'ok', task: { id: 'v2', status: 'queued' } },
    { id: 'r', status: 200, data: { id: 'v2', status: 'queued' } },
    { id: 'r', status: 'accepted', data: { id: 'v2', status: 'queued' } },
    { id: 'r', status: 'created', result: { id: 'v2', task_status: 'submitted' } },
    { id: 'r', code: 0, data: { id: 'v2' } },
    { id: 'r', status: 'completed', result: { id: 'v2', object: 'video' } },
    { id: 'r', status: 'done', data: { id: 'v2', status: 'queued' } },
    { id: 'r', object: 'video', code: 0, data: { task_id: 'v2' } },
  ])('in %j', (body) => {
    expect(videoIn(body)?.id).toBe('v2')
  })
})

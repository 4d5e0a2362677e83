import { expect, test } from 'vitest'
import { JobPayload, jobId, jobNotes } from '../src/jobs.ts'
import { VideoId } from '../src/task.ts'

const videoId = VideoId.parse('video_1762500000000_abc1234')

test('a job id names the task and its attempt', () => {
  expect(jobId(videoId, 2)).toBe('video_1762500000000_abc1234-2')
})

test('a job id is one that BullMQ takes', () => {
  expect(jobId(videoId, 1)).not.toContain(':')
  expect(jobId(videoId, 1)).not.toMatch(/^\d+$/)
})

test('each attempt of each task has its own job id', () => {
  const other = VideoId.parse('video_1762500000000_abc12341')
  const ids = [jobId(videoId, 1), jobId(videoId, 2), jobId(videoId, 11), jobId(other, 1), jobId(other, 2)]
  expect(new Set(ids).size).toBe(ids.length)
})

test('a payload keeps what a poll remembers', () => {
  const payload = { v: 1, videoId, attempt: 1, notes: { misses: 2 } }
  expect(JobPayload.parse(payload)).toEqual(payload)
})

test('a job reads the notes that its steps write and drops others', () => {
  const notes = { errors: 1, failures: 2, misses: 3, missingSince: 4, empties: 5 }
  expect(jobNotes.submit.parse({ ...notes, waits: 6, lostFrom: 7, looks: 8 })).toEqual({
    ...notes,
    waits: 6,
    lostFrom: 7,
  })
  expect(jobNotes.poll.parse({ ...notes, waits: 6, looks: 7 })).toEqual(notes)
  const search = { errors: 1, failures: 2, looks: 6, denials: 7 }
  expect(jobNotes.reconcile.parse({ ...search, misses: 3 })).toEqual(search)
})

test.each([
  ['a newer version', { v: 2, videoId, attempt: 1 }],
  ['no attempt', { v: 1, videoId }],
  ['attempt zero', { v: 1, videoId, attempt: 0 }],
  ['a name that is not ours', { v: 1, videoId: 'task_7', attempt: 1 }],
  ['notes that are no numbers', { v: 1, videoId, attempt: 1, notes: { prompt: 'boat' } }],
])('a payload with %s is not understood', (_, payload) => {
  expect(JobPayload.safeParse(payload).success).toBe(false)
})

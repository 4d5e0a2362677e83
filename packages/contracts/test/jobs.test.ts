import { expect, test } from 'vitest'
import { CredentialId } from '../src/credential.ts'
import {
  idOf,
  isNewer,
  JobPayload,
  jobId,
  jobNotes,
  jobPayloads,
  LanePayload,
  PollTrouble,
  queueNames,
} from '../src/jobs.ts'
import { VideoId } from '../src/task.ts'

const videoId = VideoId.parse('video_1762500000000_abc1234')
const lane = { credential: CredentialId.parse('azure-eu/a'), phase: 7 }
const aJob = { v: 1, videoId, attempt: 1 }
const aLaneJob = { v: 2, ...lane }

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

test('a job is named after what it is about', () => {
  expect(idOf({ videoId, attempt: 2 })).toBe(jobId(videoId, 2))
  expect(idOf(lane)).toBe('lane-azure-eu/a-7')
})

test('a payload keeps what its step remembers', () => {
  const payload = { ...aJob, notes: { misses: 2 } }
  expect(JobPayload.parse(payload)).toEqual(payload)
  const ofLane = { ...aLaneJob, notes: { tasks: 40, late: 2 } }
  expect(LanePayload.parse(ofLane)).toEqual(ofLane)
})

test('a job reads the notes that its steps write and drops others', () => {
  const notes = { errors: 1, failures: 2, misses: 3, missingSince: 4, empties: 5 }
  expect(jobNotes.submit.parse({ ...notes, waits: 6, lostFrom: 7, looks: 8 })).toEqual({
    ...notes,
    waits: 6,
    lostFrom: 7,
  })
  const ofLane = { errors: 1, tasks: 40, late: 2 }
  expect(jobNotes.poll.parse({ ...notes, ...ofLane, waits: 6 })).toEqual(ofLane)
  const search = { errors: 1, failures: 2, looks: 6, denials: 7 }
  expect(jobNotes.reconcile.parse({ ...search, misses: 3 })).toEqual(search)
})

test('a row reads the trouble that its polls write and drops the rest', () => {
  const trouble = { errors: 1, failures: 2, misses: 3, missingSince: 4, empties: 5, notBefore: 6 }
  expect(PollTrouble.parse({ ...trouble, waits: 7 })).toEqual(trouble)
})

test.each(queueNames)('the queue %s has a job for an attempt', (name) => {
  expect(jobPayloads[name].parse(aJob)).toEqual(aJob)
})

test('a lane has a job among the polls alone', () => {
  const queues = queueNames.filter((name) => jobPayloads[name].safeParse(aLaneJob).success)
  expect(queues).toEqual(['poll'])
  expect(jobPayloads.poll.parse(aLaneJob)).toEqual(aLaneJob)
})

test('only what no queue reads is of a version to come', () => {
  const versions = [aJob, aLaneJob, { ...aLaneJob, v: 3 }, { v: 4, anything: 'else' }]
  expect(versions.map((payload) => isNewer('poll', payload))).toEqual([false, false, true, true])
  expect(versions.map((payload) => jobPayloads.poll.safeParse(payload).success)).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(versions.map((payload) => isNewer('submit', payload))).toEqual([false, true, true, true])
})

test.each([
  ['another version', { ...aJob, v: 2 }],
  ['no attempt', { v: 1, videoId }],
  ['attempt zero', { ...aJob, attempt: 0 }],
  ['a name that is not ours', { ...aJob, videoId: 'task_7' }],
  ['notes that are no numbers', { ...aJob, notes: { prompt: 'boat' } }],
])('a payload with %s is not understood', (_, payload) => {
  expect(JobPayload.safeParse(payload).success).toBe(false)
  expect(jobPayloads.poll.safeParse(payload).success).toBe(false)
})

test.each([
  ['the version of others', { ...aLaneJob, v: 1 }],
  ['no phase', { v: 2, credential: lane.credential }],
  ['a phase too far', { ...aLaneJob, phase: 20 }],
  ['a credential that is none', { ...aLaneJob, credential: 'azure-eu' }],
  ['notes that are no numbers', { ...aLaneJob, notes: { tasks: 'many' } }],
])('a payload of a lane with %s is not understood', (_, payload) => {
  expect(LanePayload.safeParse(payload).success).toBe(false)
  expect(jobPayloads.poll.safeParse(payload).success).toBe(false)
})

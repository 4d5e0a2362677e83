import { describe, expect, test } from 'vitest'
import type { Video } from '../src/video/video.ts'
import { videoIn } from './usual.ts'

const words = {
  queued: [
    ...[
      'queued',
      'pending',
      'submitted',
      'created',
      'starting',
      'not_start',
      'preparing',
      'NOT_START',
      'Not Started',
    ],
    ...['throttled', 'unknown', 'notstarted', 'waiting', 'queueing', 'in_queue', 'TASK_STATUS_QUEUED'],
  ],
  in_progress: [
    ...['in_progress', 'processing', 'running', 'generating', 'postprocessing', 'dreaming', 'In Progress'],
    ...['moderating', 'in_review', 'uploading', 'cancelling', 'working', 'active'],
    ...['in-progress', 'IN_PROGRESS', 'inProgress', 'TASK_STATUS_PROCESSING', 'post-processing'],
  ],
  completed: [
    ...[
      'completed',
      'complete',
      'succeeded',
      'success',
      'finished',
      'done',
      'succeed',
      'generated',
      'SUCCESS',
    ],
    ...['ready', 'available', 'Ready', 'video_ready', 'rendered', 'task_completed', 'processed'],
    ...['TASK_STATUS_SUCCEED', 'JOB_STATE_SUCCEEDED', ' Completed '],
  ],
  failed: [
    'failed',
    'failure',
    'fail',
    'error',
    'expired',
    'aborted',
    'TASK_STATUS_FAILED',
    'timed out',
    'rejected',
    ...['timeout', 'timed_out', 'TIME_OUT', 'terminated', 'killed', 'generation_failed', 'denied'],
    ...[
      'moderated',
      'blocked',
      'content_blocked',
      'Content Moderated',
      'Request Moderated',
      'flagged',
      'nsfw',
    ],
    ...[
      'content-blocked',
      'contentBlocked',
      'moderation_blocked',
      'content_policy_violation',
      'prompt_blocked',
    ],
  ],
  cancelled: ['cancelled', 'canceled', 'deleted', 'revoked', 'stopped', 'task_cancelled'],
  unrecognised: [
    ...['input_ready', 'prompt_available', 'readyish', 'not found', 'unblocked', 'partially_available'],
    'paused',
    'interrupted',
    '',
    'constructor',
    '1',
    '___',
    'status',
  ],
}

describe('a status', () => {
  test.each(Object.entries(words).flatMap(([status, list]) => list.map((word) => [word, status] as const)))(
    'of %j means %s',
    (word, status) => {
      expect(aVideo({ status: word })).toMatchObject({ status, rawStatus: word.trim() })
      expect(aVideo({ status: word.toUpperCase() }).status).toBe(status)
    },
  )
})

const url = 'https://cdn.example/1.mp4'
test.each<[object, string]>([
  [{ status: 'ready', progress: 10 }, 'queued'],
  [{ status: 'available', progress: 0 }, 'queued'],
  [{ status: 'ready', progress: 10, url }, 'completed'],
  [{ status: 'ready', progress: 100 }, 'completed'],
  [{ status: 'ready', url }, 'completed'],
  [{ status: 'available', video_url: url }, 'completed'],
  [{ status: 'hooray', progress: 100, url }, 'completed'],
  [{ status: 'hooray', progress: '100%', video: { url } }, 'completed'],
  [{ status: 'hooray', progress: 100 }, 'unrecognised'],
  [{ status: 'hooray', url }, 'unrecognised'],
  [{ status: 'hooray', progress: 99, url }, 'unrecognised'],
  [{ status: 'hooray', progress: 100, url: 'https://api.example/v1/videos/video_1' }, 'unrecognised'],
  [{ status: 'hooray', progress: 100, thumbnail_url: url }, 'unrecognised'],
  [{ status: 'in_progress', progress: 100, url }, 'in_progress'],
  [{ status: 'moderating', progress: 100, url }, 'in_progress'],
  [{ status: 'moderated', progress: 100, url }, 'completed'],
  [{ status: 'filtered', progress: '100%', video: { url } }, 'completed'],
  [{ status: 'Content Filtered', progress: 100, video_url: url }, 'completed'],
  [{ status: 'blocked', progress: 100, url }, 'completed'],
  [{ status: 'moderated', progress: 100 }, 'failed'],
  [{ status: 'moderated', progress: 99, url }, 'failed'],
  [{ status: 'moderated', progress: 1, url }, 'failed'],
  [{ status: 'moderated', progress: 100, url, error: { message: 'no' } }, 'failed'],
  [{ status: 'moderated', progress: 100, url, fail_reason: 'violates our content policy' }, 'failed'],
  [{ status: 'moderated', progress: 100, video: { url, respect_moderation: false } }, 'failed'],
  [{ status: 'moderated', progress: 100, thumbnail_url: url }, 'failed'],
  [{ status: 'moderated', url }, 'failed'],
  [{ status: 'terminated', progress: 100, url }, 'failed'],
  [{ status: 'expired', progress: 100, url }, 'failed'],
  [{ status: 'deleted', progress: 100, url }, 'cancelled'],
])('%j is a video that is %s', (raw, status) => {
  expect(aVideo(raw as Record<string, unknown>).status).toBe(status)
})

describe('a progress', () => {
  test.each([
    [33, 33],
    [33.4, 33],
    [99.99, 99],
    ['33%', 33],
    ['33.9', 33],
    [1e308, 100],
    [101, 100],
    [-5, 0],
    [0, 0],
    ['', undefined],
    ['soon', undefined],
    [null, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('of %j is %j', (progress, whole) => {
    expect(aVideo({ progress }).progress).toBe(whole)
  })

  test('that JSON makes infinite tells nothing', () => {
    expect(
      videoIn(JSON.parse('{"id": "v", "status": "queued", "progress": 1e999}'))?.progress,
    ).toBeUndefined()
  })
})

describe('an instant', () => {
  test.each([
    [1762500000, 1762500000],
    [1762500000.5, 1762500000],
    [1762500000123, 1762500000],
    [1762500000123456, 1762500000],
    ['1762500000123456789', 1762500000],
    ['1762500000', 1762500000],
    ['1762500000123', 1762500000],
    ['1762500000.25', 1762500000],
    ['2025-11-07T07:20:00Z', 1762500000],
    ['2025-11-07T07:20:00.123456Z', 1762500000],
    ['2025-11-07T07:20:00.123456+00:00', 1762500000],
    ['2025-11-07T15:20:00+08:00', 1762500000],
    ['2025-11-07T07:20:00', 1762500000],
    ['2025-11-07 07:20:00', 1762500000],
    ['2025-11-07 07:20:00.123', 1762500000],
    ['2025-11-07 07:20:00 UTC', 1762500000],
    ['2025-11-07 07:20:00+00:00', 1762500000],
    ['Fri, 07 Nov 2025 07:20:00 GMT', 1762500000],
    [0, undefined],
    [12, undefined],
    [-1762500000, undefined],
    ['0', undefined],
    [null, undefined],
    ['', undefined],
    ['2025-11-07', undefined],
    ['soon at 7:20', undefined],
    [true, undefined],
  ])('of %j is %j', (created_at, createdAt) => {
    expect(aVideo({ created_at }).createdAt).toBe(createdAt)
  })

  test.each(['created', 'createdAt', 'created_time', 'create_time', 'submit_time'])(
    'may be in %s',
    (name) => {
      expect(aVideo({ [name]: 1762500000 }).createdAt).toBe(1762500000)
      expect(aVideo({ created_at: null, [name]: '2025-11-07T07:20:00Z' }).createdAt).toBe(1762500000)
    },
  )
})

describe('an error', () => {
  test.each([
    [
      'code and message',
      { code: 'moderation_blocked', message: 'no' },
      { code: 'moderation_blocked', message: 'no' },
    ],
    ['a message only', { code: null, message: 'no' }, { message: 'no' }],
    ['a code that is a number', { code: 500, message: 'no' }, { code: '500', message: 'no' }],
    ['more members', { code: 'c', message: 'm', extra: 1 }, { code: 'c', message: 'm' }],
    ['empty strings', { code: '', message: '' }, undefined],
    ['nothing', {}, undefined],
    ['null', null, undefined],
    ['text', 'broken', { message: 'broken' }],
  ])('with %s is read', (_, error, read) => {
    expect(aVideo({ status: 'failed', error }).error).toEqual(read)
  })

  test('of a video that goes on is none', () => {
    expect(aVideo({ status: 'in_progress', error: { code: 'c', message: 'm' } }).error).toBeUndefined()
  })

  test('of an envelope that says success is none', () => {
    const data = { id: 'v', task_status: 'failed' }
    expect(videoIn({ code: 0, message: 'SUCCEED', data })?.error).toBeUndefined()
    expect(
      videoIn({ code: 0, message: 'SUCCEED', data: { ...data, task_status_msg: '违规' } })?.error,
    ).toEqual({ message: '违规' })
  })
})

describe('a length', () => {
  test.each([
    ['8', '8'],
    [8, '8'],
    ['10.0', '10'],
    ['auto', undefined],
    ['', undefined],
    ['Infinity', undefined],
    [null, undefined],
  ])('of %j is %j seconds', (seconds, read) => {
    expect(aVideo({ seconds }).seconds).toBe(read)
  })
})

test('a whole video is read with all that matters', () => {
  const video = aVideo({
    object: 'video',
    model: 'sora-2',
    status: 'completed',
    progress: 100,
    created_at: 1762500000,
    prompt: 'a paper boat',
    size: '1280x720',
    seconds: '8',
    remixed_from_video_id: 'video_0',
    quality: 'standard',
    videos: [{ url: 'https://host/v.mp4' }],
  })
  expect(video).toEqual({
    id: 'video_1',
    status: 'completed',
    rawStatus: 'completed',
    progress: 100,
    createdAt: 1762500000,
    prompt: 'a paper boat',
    remixedFrom: 'video_0',
    size: '1280x720',
    seconds: '8',
    model: 'sora-2',
    url: 'https://host/v.mp4',
    urls: ['https://host/v.mp4'],
  })
})

test('odd members are dropped, not the video', () => {
  const odd = aVideo({ prompt: 7, size: [], remixed_from_video_id: '', seconds: {}, error: [] })
  expect(odd).toEqual({ id: 'video_1', status: 'queued', rawStatus: 'queued' })
})

test.each([[undefined], [null], [200]])('a video with %s as its status is not finished yet', (status) => {
  expect(aVideo({ status }).status).toBe('unrecognised')
})

test('a size that Postgres could not store is dropped', () => {
  expect(aVideo({ size: '1280\u0000720' }).size).toBeUndefined()
  expect(aVideo({ size: '1'.repeat(1000) }).size).toBeUndefined()
})

test.each([
  ['no id', { status: 'queued' }],
  ['an empty id', { id: '', status: 'queued' }],
  ['zero as its id', { id: 0, status: 'queued' }],
  ['white space as its id', { id: '  ', status: 'queued' }],
  ['an id that Postgres could not store', { id: 'v\u0000', status: 'queued' }],
  ['no members', 'queued'],
])('a video with %s is none', (_, raw) => {
  expect(videoIn(raw)).toBeUndefined()
})

function aVideo(raw: Record<string, unknown>): Video {
  const video = videoIn({ id: 'video_1', status: 'queued', ...raw })
  if (!video) throw new Error('no video')
  return video
}

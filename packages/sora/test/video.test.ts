import { describe, expect, test } from 'vitest'
import { Video } from '../src/video.ts'

const words = {
  queued: ['queued', 'pending', 'submitted', 'created', 'starting', 'not_start', 'preparing'],
  in_progress: ['in_progress', 'processing', 'running', 'generating'],
  completed: ['completed', 'complete', 'succeeded', 'success', 'finished', 'done'],
  failed: ['failed', 'failure', 'fail', 'error', 'expired', 'aborted'],
  cancelled: ['cancelled', 'canceled'],
  unrecognised: ['deleted', 'paused', '', 'constructor'],
}

describe('a status', () => {
  test.each(Object.entries(words).flatMap(([status, list]) => list.map((word) => [word, status] as const)))(
    'of %j means %s',
    (word, status) => {
      expect(aVideo({ status: word })).toMatchObject({ status, rawStatus: word })
      expect(aVideo({ status: word.toUpperCase() })).toMatchObject({ status, rawStatus: word.toUpperCase() })
    },
  )
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
      Video.parse(JSON.parse('{"id": "v", "status": "queued", "progress": 1e999}')).progress,
    ).toBeUndefined()
  })
})

describe('an instant', () => {
  test.each([
    ['seconds', 1762500000, 1762500000],
    ['milliseconds', 1762500000123, 1762500000],
    ['zero', 0, undefined],
    ['null', null, undefined],
    ['text', '2025-11-07', undefined],
  ])('in %s is read', (_, created_at, createdAt) => {
    expect(aVideo({ created_at }).createdAt).toBe(createdAt)
  })
})

describe('an error', () => {
  test.each([
    [
      'code and message',
      { code: 'moderation_blocked', message: 'no' },
      { code: 'moderation_blocked', message: 'no' },
    ],
    ['a message only', { code: null, message: 'no' }, { code: undefined, message: 'no' }],
    ['a code that is a number', { code: 500, message: 'no' }, { code: undefined, message: 'no' }],
    ['more members', { code: 'c', message: 'm', extra: 1 }, { code: 'c', message: 'm' }],
    ['empty strings', { code: '', message: '' }, undefined],
    ['nothing', {}, undefined],
    ['null', null, undefined],
    ['text', 'broken', undefined],
  ])('with %s is read', (_, error, read) => {
    expect(aVideo({ error }).error).toEqual(read)
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
    url: 'https://host/v.mp4',
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
  ['a number as its id', { id: 7, status: 'queued' }],
  ['an id that Postgres could not store', { id: 'v\u0000', status: 'queued' }],
  ['no members', 'queued'],
])('a video with %s is none', (_, raw) => {
  expect(Video.safeParse(raw).success).toBe(false)
})

function aVideo(raw: Record<string, unknown>): Video {
  return Video.parse({ id: 'video_1', status: 'queued', ...raw })
}

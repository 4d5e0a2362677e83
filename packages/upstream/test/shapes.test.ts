import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../src/answer/loose-json.ts'
import { aClient, allowed, anUpstream, json } from './upstream.ts'
import { videoIn, videoOf } from './usual.ts'

const t1 = 't1' as ExternalTaskId
const url = 'https://cdn.example/v.mp4'

describe('the id of a new video', () => {
  test.each<[unknown, string | undefined]>([
    [{ id: 't1', status: 'queued' }, 't1'],
    [{ task_id: 't1', status: 'queued' }, 't1'],
    [{ taskId: 't1' }, 't1'],
    [{ video_id: 't1' }, 't1'],
    [{ job_id: 't1' }, 't1'],
    [{ generation_id: 't1' }, 't1'],
    [{ request_id: 't1' }, 't1'],
    [{ requestId: 't1', status: 'pending' }, 't1'],
    [{ id: ' t1\n' }, 't1'],
    [{ id: 987654321, status: 'queued' }, '987654321'],
    ['{"id": 987654321987654321, "status": "queued"}', '987654321987654321'],
    ['{"data": {"task_id": 12345678901234567890}}', '12345678901234567890'],
    [{ id: null, task_id: 't1' }, 't1'],
    [{ id: 0, task_id: 't1' }, 't1'],
    [{ id: '', task_id: 't1' }, 't1'],
    [{ id: 't1', task_id: 't2' }, 't1'],
    [{ id: 't1', generation_id: 'g', request_id: 'r' }, 't1'],
    [{ id: 't1', polling_url: '/api/v1/videos/t1', status: 'pending' }, 't1'],
    [{ id: 7, task_id: 't1' }, 't1'],
    [{ id: 7, video_id: 't1', status: 'queued' }, 't1'],
    [{ id: '7', taskId: 't1' }, 't1'],
    ['{"id":987654321987654321,"jobId":"t1"}', 't1'],
    [{ id: 7, task_id: '8801' }, '8801'],
    [{ id: 7, task_id: 8801 }, '8801'],
    [{ id: 7, task_id: 8, video_id: 't1' }, 't1'],
    [{ data: { id: 7, task_id: 't1', status: 'queued' } }, 't1'],
    [{ data: [{ id: 7, task_id: 't1' }] }, 't1'],
    [{ id: 7, task_id: null, generation_id: 'g' }, '7'],
    [{ id: 7, request_id: 'r' }, '7'],
    [{ task_id: 't1', video_id: 'v1', status: 'queued' }, 't1'],
    [{ video_id: 'v1', task_id: 't1' }, 't1'],
    [{ id: 7, data: { task_id: 't1' } }, 't1'],
    [{ id: 'r', code: 0, data: { task_id: 't1' } }, 't1'],
    [{ id: 'r', code: 'success', data: { id: 't1' } }, 't1'],
    [{ id: 'r', success: true, data: { id: 't1' } }, 't1'],
    [{ id: 'r', created: 123, data: { task_id: 't1' } }, 't1'],
    [{ id: 'r', created: 123, model: 'm', object: 'x', data: [{ task_id: 't1' }] }, 't1'],
    [{ id: 'r', result: { video_id: 't1' } }, 't1'],
    [{ id: 'r', status: 'success', data: { task_id: 't1' } }, 't1'],
    [{ id: 'r', status: 'ok', output: { task_id: 't1' } }, 't1'],
    [{ id: 'r', status: 200, data: { id: 't1', status: 'queued' } }, 't1'],
    [{ id: 'r', status: 'queued', data: { task_id: 't1' } }, 't1'],
    [{ id: 'r', code: 0, output: { task_id: 't1' } }, 't1'],
    [{ id: 'r', code: 0, video: { id: 't1' } }, 't1'],
    [{ id: 'r', code: 0, data: { video: { id: 't1' } } }, 't1'],
    [{ id: 'r', response: { task: { id: 't1' } } }, 't1'],
    [{ id: 'r', task: { id: 't1' } }, 't1'],
    [{ id: 'r', output: { task_id: 't1' } }, 't1'],
    [{ id: 'r', job: { job_id: 't1' } }, 't1'],
    [{ id: 'r', request_id: 'q', data: { data: { taskId: 't1' } } }, 't1'],
    [{ id: 'r', data: { request_id: 't1' } }, 'r'],
    [{ id: 't1', code: 0, data: {} }, 't1'],
    [{ id: 't1', code: 0, message: 'ok', data: null, status: 'queued' }, 't1'],
    [{ id: 't1', data: { url: null } }, 't1'],
    [{ id: 't1', status: 'queued', output: { id: 'file' } }, 't1'],
    [{ id: 't1', object: 'video', status: 'queued', data: [{ id: 'clip' }] }, 't1'],
    [{ id: 't1', object: 'video', progress: 0, result: { id: 'clip' } }, 't1'],
    [{ task_id: 't1', code: 0, data: { id: 'hidden' } }, 't1'],
    [{ code: 'success', data: { id: 't1', data: { id: 'hidden' } } }, 't1'],
    [{ code: 'success', data: { task_id: 't1', status: 'x', data: { id: 'u', status: 'queued' } } }, 't1'],
    [{ task_id: 't1', video: { id: 'v1', status: 'queued' } }, 't1'],
    [{ data: { video_id: 'v1', task_id: 't1' } }, 't1'],
    [{ code: 'success', data: { task_id: 't1' } }, 't1'],
    [{ code: 0, message: 'ok', request_id: 'q1', data: { task_id: 't1', task_status: 'submitted' } }, 't1'],
    [{ code: 200, msg: 'ok', data: { taskId: 't1' } }, 't1'],
    [{ success: true, data: { id: 't1', status: 'queued' } }, 't1'],
    [{ status: 'success', data: { id: 't1', status: 'queued' } }, 't1'],
    [{ id: 'req_1', status: 'success', data: { id: 't1', status: 'queued', object: 'video' } }, 't1'],
    [{ data: [{ id: 't1', status: 'queued' }] }, 't1'],
    [{ data: { data: { id: 't1' } } }, 't1'],
    [{ result: { id: 't1' } }, 't1'],
    [{ result: { task_id: 't1' }, request_id: 'r' }, 't1'],
    [{ response: { task: { id: 't1', status: 'queued' } } }, 't1'],
    [{ video: { id: 't1', status: 'queued' } }, 't1'],
    [{ videos: [{ id: 't1' }] }, 't1'],
    [{ output: { task_id: 't1', task_status: 'PENDING' }, request_id: 'r' }, 't1'],
    [{ output: { task_id: 't1' }, request_id: 'r' }, 't1'],
    [[{ id: 't1', status: 'queued' }], 't1'],
    [{ request_id: 't1', video: { id: 'source' } }, 't1'],
    [{ task_id: 't1', video: { id: 'source' }, status: 'queued' }, 't1'],
    [{ request_id: 'r', error: { code: 'bad', message: 'no' } }, undefined],
    [{ request_id: 'r', error: 'no' }, undefined],
    [{ code: 'invalid_parameter', message: 'no', data: null, request_id: 'r' }, undefined],
    [{ code: 1301, message: 'no', request_id: 'r' }, undefined],
    [{ success: false, request_id: 'r' }, undefined],
    [{ request_id: 't1', error: { code: '', message: '' } }, 't1'],
    [{ request_id: 't1', error: null, code: 0 }, 't1'],
    [{ id: { value: 't1' } }, undefined],
    [{ id: true }, undefined],
    [{ id: -1 }, undefined],
    [{ message: 'ok' }, undefined],
    [{ request_id: 't1', code: { toString: 1 } }, 't1'],
    [{ id: 't1', status: { toString: 1 }, object: { toString: 1 } }, 't1'],
    ['"ok"', undefined],
    [{ prompt: 't1' }, undefined],
  ])('in %j is %s', (body, id) => {
    expect(videoIn(typeof body === 'string' ? parseJson(body) : body)?.id).toBe(id)
  })

  test('may be told by nothing but where to look for it', async () => {
    const upstream = await anUpstream((response) => {
      response.writeHead(202, { location: '/v1/videos/t%201?x=1' }).end()
    })
    expect(await aClient(upstream.url).submit({ prompt: 'a boat' }, allowed)).toMatchObject({
      kind: 'created',
      video: { id: 't 1' },
    })
  })
})

describe('a look', () => {
  test.each<[unknown, object]>([
    [
      { status: 'done', progress: 100, video: { url } },
      { status: 'completed', progress: 100, url },
    ],
    [{ video: { url, duration: 6, respect_moderation: true } }, { status: 'completed', url }],
    [
      { code: 'success', data: { task_id: 't1', status: 'SUCCESS', progress: '100%', result_url: url } },
      { status: 'completed', progress: 100, url },
    ],
    [
      {
        code: 'success',
        data: { task_id: 't1', status: 'IN_PROGRESS', data: { id: 'up', status: 'completed' } },
      },
      { status: 'in_progress' },
    ],
    [{ code: 'success', data: { task_id: 't1', status: 'FAILURE' } }, { status: 'failed' }],
    [
      { status: 'success', data: { status: 'processing', progress: 30 } },
      { status: 'in_progress', progress: 30 },
    ],
    [
      { status: 'success', data: { progress: 30 } },
      { status: 'unrecognised', progress: 30 },
    ],
    [
      { status: 200, data: { state: 'done', video_url: url } },
      { status: 'completed', url },
    ],
    [
      { status: 200, video_url: url },
      { status: 'completed', url },
    ],
    [{ success: true, result: { status: 'running' } }, { status: 'in_progress' }],
    [
      { data: { task_status: 'succeed', task_result: { videos: [{ id: 'v-5', url }] } } },
      { status: 'completed', url },
    ],
    [{ status: { state: 'done' } }, { status: 'completed' }],
    [{ task: { status: 'failed' } }, { status: 'failed' }],
    [{ video: { status: 'queued' } }, { status: 'queued' }],
    [{ id: 't1', data: { status: 'queued' } }, { status: 'queued' }],
    [
      { id: 't1', status: 2 },
      { status: 'unrecognised', rawStatus: '2' },
    ],
    [{ id: 'spelled otherwise', status: 'completed' }, { status: 'completed' }],
    [[{ status: 'queued' }], { status: 'queued' }],
    [
      {
        data: [
          { id: 't0', status: 'failed' },
          { id: 't1', status: 'queued' },
        ],
      },
      { status: 'queued' },
    ],
    [
      { status: 'failed', error: { code: 'internal', message: 'no' } },
      { status: 'failed', error: { code: 'internal' } },
    ],
    [
      { status: 'done', video: { url: '', duration: 6, respect_moderation: false } },
      { status: 'failed', error: { code: 'moderation_blocked' } },
    ],
    [
      {
        id: 't1',
        status: 'completed',
        videos: [],
        content_filter: { filtered_count: 1, reasons: ['people'] },
      },
      { status: 'failed', error: { code: 'moderation_blocked', message: 'people' } },
    ],
    [
      { id: 't1', status: 'completed', videos: [{ url }], content_filter: { filtered_count: 1 } },
      { status: 'completed' },
    ],
    [{ progress: 40 }, { status: 'unrecognised', progress: 40 }],
    [{ id: 't1' }, { status: 'unrecognised' }],
  ])('at %j is read', async (body, video) => {
    expect(videoOf(body, t1)).toMatchObject({ id: 't1', ...video })
    const upstream = await anUpstream(json(200, body))
    expect(await aClient(upstream.url).retrieve(t1)).toMatchObject({
      kind: 'video',
      video: { id: 't1', ...video },
    })
  })

  test.each<[number, unknown]>([
    [200, {}],
    [200, { message: 'ok' }],
    [200, { status: 'success', data: null }],
    [200, { status: 'error', message: 'too busy' }],
    [200, { status: 'fail', data: { reason: 'too busy' } }],
    [200, { code: 'busy', message: 'too busy', data: null }],
    [200, { error: { code: 'busy', message: 'see https://host/help' }, url }],
    [
      200,
      {
        data: [
          { id: 't0', status: 'failed' },
          { id: 't2', status: 'completed' },
        ],
      },
    ],
    [200, []],
    [400, { id: 't1', status: 'queued' }],
    [500, { status: 'failed', message: 'oh' }],
    [500, { status: 'error', id: 't1', message: 'oh' }],
    [503, { object: 'error', status: 'failed' }],
  ])('is trouble where upstream answers %i and %j', async (status, body) => {
    const upstream = await anUpstream(json(status, body))
    expect(await aClient(upstream.url).retrieve(t1)).toMatchObject({ kind: 'trouble' })
  })

  test.each([400, 404, 422, 429, 500, 502])(
    'believes a job that has ended, with status %i, too',
    async (status) => {
      const job = {
        id: 't1',
        object: 'video',
        status: 'failed',
        error: { code: 500, message: 'out of memory' },
      }
      const upstream = await anUpstream(json(status, job))
      expect(await aClient(upstream.url).retrieve(t1)).toMatchObject({
        kind: 'video',
        video: { id: 't1', status: 'failed' },
      })
    },
  )

  test.each<unknown>([
    { error: { message: 'no video t1' } },
    { detail: 'no video t1' },
    { status: 'error', message: 'not found', id: 't1' },
    { status: 'failed', message: 'not found' },
    { error: { code: 404, status: 'NOT_FOUND' } },
    { id: 't1', object: 'video.deleted', deleted: true },
  ])('is a miss where upstream answers 404 and %j', async (body) => {
    const upstream = await anUpstream(json(404, body))
    expect(await aClient(upstream.url).retrieve(t1)).toEqual({ kind: 'missing' })
  })

  test.each<[number, string]>([
    [200, ''],
    [202, ''],
    [202, '{}'],
    [202, 'null'],
    [202, 'please wait'],
    [204, ''],
  ])('is told to wait by %i and %j', async (status, body) => {
    const upstream = await anUpstream((response) => response.writeHead(status).end(body))
    expect(await aClient(upstream.url).retrieve(t1)).toMatchObject({
      kind: 'video',
      video: { id: 't1', status: 'in_progress' },
    })
  })

  test('believes what a 202 says', async () => {
    const upstream = await anUpstream(json(202, { status: 'pending', progress: 40 }))
    expect(await aClient(upstream.url).retrieve(t1)).toMatchObject({
      video: { status: 'queued', progress: 40 },
    })
  })

  test('finds a clip at an address of upstream', async () => {
    const upstream = await anUpstream(json(200, { id: 't1', status: 'completed', video_url: '/cdn/a.mp4' }))
    const look = await aClient(upstream.url).retrieve(t1)
    expect(look).toMatchObject({ video: { url: new URL('/cdn/a.mp4', upstream.url).href } })
  })
})

describe('a list', () => {
  const item = { id: 't1', status: 'queued', created_at: '2025-11-07T07:20:00Z' }
  test.each<[unknown, boolean | undefined]>([
    [[item], undefined],
    [{ data: [item] }, undefined],
    [{ data: [item], has_more: false }, false],
    [{ videos: [item], hasMore: true }, true],
    [{ items: [item] }, undefined],
    [{ results: [item], has_more: 'false' }, false],
    [{ code: 0, data: { data: [item], has_more: true } }, true],
    [{ success: true, data: { videos: [item] } }, undefined],
    [{ result: { items: [item] }, pagination: { has_more: 1 } }, true],
    [{ data: [{ video: item }] }, undefined],
  ])('in %j is read', async (body, hasMore) => {
    const upstream = await anUpstream(json(200, body))
    expect(await aClient(upstream.url).list()).toMatchObject({
      kind: 'page',
      videos: [{ id: 't1', createdAt: 1762500000 }],
      hasMore,
      next: hasMore === false ? undefined : 't1',
    })
  })

  test.each([404, 405, 501])('that %i says is not there is none', async (status) => {
    const upstream = await anUpstream(json(status, {}))
    expect(await aClient(upstream.url).list()).toMatchObject({ kind: 'trouble', noRoute: true })
  })

  test.each([400, 401, 429, 500])('that %i says is not there now may be', async (status) => {
    const upstream = await anUpstream(json(status, {}))
    expect(await aClient(upstream.url).list()).toMatchObject({ kind: 'trouble', noRoute: false })
  })
})

test.each<[unknown, string, string[] | undefined]>([
  [{ id: 'v1', task_id: 't1' }, 'v1', ['v1', 't1']],
  [{ id: 7, task_id: 't1', data: { id: 'hidden' } }, 't1', ['7', 't1']],
  [{ id: 't1', status: 'queued', data: { id: 'hidden' } }, 't1', undefined],
  [{ id: 't1', task_id: 't1' }, 't1', undefined],
  [{ video: { id: 'v1', taskId: 't1', status: 'queued' } }, 'v1', ['v1', 't1']],
])('a video in a list may have several names: %j', async (item, id, names) => {
  const upstream = await anUpstream(json(200, { data: [item] }))
  const look = await aClient(upstream.url).list()
  expect(look).toMatchObject({ videos: [{ id }] })
  expect(look.kind === 'page' && look.videos[0]?.names).toEqual(names)
})

test.each<unknown>([
  { id: 'v1', task_id: 't1', status: 'completed' },
  { id: 7, task_id: 't1', status: 'completed' },
  { video_id: 't1', id: 'v1', status: 'completed' },
  [
    { id: 'v0', task_id: 't0', status: 'failed' },
    { id: 'v1', task_id: 't1', status: 'completed' },
  ],
])('a look is at the video that is called so by any name: %j', async (body) => {
  const upstream = await anUpstream(json(200, body))
  expect(await aClient(upstream.url).retrieve(t1)).toMatchObject({ video: { id: 't1', status: 'completed' } })
})

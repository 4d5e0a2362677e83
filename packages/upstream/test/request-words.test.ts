import { describe, expect, test } from 'vitest'
import { aClient, anUpstream, id, json } from './upstream.ts'

/** Said of requests, keys and sessions, too. */
const words = [
  ...[
    'denied',
    'refused',
    'rejected',
    'declined',
    'invalid',
    'terminated',
    'stopped',
    'unsuccessful',
    'revoked',
  ],
  ...[
    'blocked',
    'banned',
    'flagged',
    'REQUEST_BLOCKED',
    'timeout',
    'timed_out',
    'aborted',
    'killed',
    'error',
  ],
]

describe.each(words)('the word %s', (status) => {
  test.each<[number, object]>([
    [200, { status }],
    [200, { status, message: 'too many requests' }],
    [200, { status, message: 'no access', model: 'sora-2', created_at: 1762500000 }],
    [200, { status, object: 'error', message: 'invalid token' }],
    [200, { status, code: 403, message: 'ip' }],
    [200, { status, error: { message: 'session terminated' } }],
    [200, { state: status, request_id: 'r1' }],
    [200, { status, id: 'r1' }],
    [200, { data: { status, message: 'too many requests' } }],
    [200, { success: false, data: null, status }],
    [400, { id, status }],
    [403, { status, message: 'no' }],
    [429, { id, status }],
    [429, { id, status, message: 'too many requests', model: 'sora-2' }],
    [429, { data: { id, status } }],
    [429, { object: 'video', status }],
    [503, { id, status, object: 'error' }],
  ])('is no verdict on a video in %i %j', async (code, body) => {
    expect(await look(code, body)).toMatchObject({ kind: 'trouble' })
  })

  test.each<[number, object]>([
    [200, { id, status }],
    [200, { data: { task_id: id, status } }],
    [200, { status, progress: 40 }],
    [200, { status, object: 'video', model: 'sora-2' }],
    [200, { status, video: { url: '' } }],
    [200, { data: { task_status: status } }],
    [429, { id, status, progress: 40 }],
    [500, { id, status, object: 'video', error: { code: 500 } }],
    [500, { data: { id, status, prompt: 'a boat' } }],
  ])('ends a video in %i %j', async (code, body) => {
    const verdict = expect.stringMatching(/^(failed|cancelled)$/)
    expect(await look(code, body)).toMatchObject({ kind: 'video', video: { id, status: verdict } })
  })
})

test.each<[object, string]>([
  [{ status: 'failed' }, 'failed'],
  [{ status: 'expired' }, 'failed'],
  [{ status: 'cancelled' }, 'cancelled'],
  [{ status: 'moderated' }, 'failed'],
  [{ status: 'content_blocked' }, 'failed'],
  [{ status: 'JOB_STATE_FAILURE' }, 'failed'],
  [{ id, status: 'interrupted', progress: 40 }, 'unrecognised'],
  [{ status: 'interrupted' }, 'unrecognised'],
])('what is said of videos only needs no sign of one: %j', async (body, status) => {
  expect(await look(200, body)).toMatchObject({ kind: 'video', video: { status } })
})

async function look(code: number, body: object) {
  const upstream = await anUpstream(json(code, body))
  return aClient(upstream.url).retrieve(id)
}

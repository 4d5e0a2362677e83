import { expect, test } from 'vitest'
import { categoryOf } from '../src/errors/category.ts'
import { lastingCodeOf } from '../src/errors/lasting.ts'
import { aClient, anUpstream, id, json } from './upstream.ts'

async function look(body: object) {
  const upstream = await anUpstream(json(200, { id, ...body }))
  const outcome = await aClient(upstream.url).retrieve(id)
  if (outcome.kind !== 'video') throw new Error(outcome.kind)
  return outcome.video
}

test.each<object>([
  { status: 'failed', error: 'blocked by our content moderation' },
  { status: 'failed', error: '{"code":"moderation_blocked","message":"no"}' },
  { status: 'failed', error: { error: { code: 'moderation_blocked' } } },
  {
    status: 'failed',
    error: { code: null, type: 'moderation_blocked', message: 'rejected by the safety system' },
  },
  { status: 'failed', error: null, fail_reason: 'content_moderation: blocked' },
  { status: 'failed', error: [{ code: 'moderation_blocked' }] },
  { status: 'failed', detail: { code: 'sentinel_block', message: 'no' } },
  { status: 'failed', failure: 'no', failureCode: 'SAFETY.INPUT.TEXT' },
  { status: 'failed', error: 'no', error_code: 'content_policy_violation' },
  { status: 'failed', failure_reason: '内容违规' },
  { status: 'failed', error: { code: 1301, message: 'no' } },
  ...['moderated', 'blocked', 'content_blocked', 'Content Moderated', 'NSFW'].map((status) => ({ status })),
  { status: 'blocked', url: 'https://cdn.example.org/1.mp4' },
  { status: 'blocked', error: { code: 500, message: 'not shown' } },
  { status: 'flagged', error: 'no' },
  { data: { status: 'CONTENT_BLOCKED', progress: 100 } },
  { status: 'expired', status_reason: 'flagged by the safety filter' },
  { status: 'completed', videos: [], content_filter: { filtered_count: 1, reasons: ['people'] } },
  { status: 'done', video: { url: 'https://cdn.example.org/1.mp4', respect_moderation: false } },
])('of a video such as %j moderation is the reason', async (body) => {
  const { status, error } = await look(body)
  expect(status).toBe('failed')
  expect(categoryOf(error ?? {})).toBe('moderation')
  expect(error?.message ?? error?.code).toEqual(expect.any(String))
})

test.each<object>([
  { status: 'failed' },
  { status: 'failed', error: null },
  { status: 'failed', error: { code: '', message: '' } },
  ...['terminated', 'rejected', 'aborted', 'timed_out', 'expired'].map((status) => ({ status })),
  { status: 'failed', model: 'invalid policy', prompt: 'moderation', type: 'video' },
])('a video such as %j gives no reason', async (body) => {
  expect((await look(body)).error).toBeUndefined()
})

test('a video that is blocked for lack of means says so', async () => {
  const { error } = await look({ status: 'blocked', error: { message: 'insufficient balance' } })
  expect(categoryOf(error ?? {})).toBe('balance')
})

test('a video that upstream cancelled says why', async () => {
  expect(await look({ status: 'cancelled', reason: 'violates our content policy' })).toMatchObject({
    status: 'cancelled',
    error: { message: 'violates our content policy' },
  })
})

test('a video that is finished has no reason, whatever else it says', async () => {
  const video = await look({
    status: 'completed',
    error: { code: '', message: '' },
    message: 'moderation passed',
  })
  expect(video).toMatchObject({ status: 'completed', error: undefined })
})

test.each(['submission_unknown', 'upstream_lost', 'no_content', 'cancelled'])(
  'a video that another Reelay ends as %s is not made again',
  async (code) => {
    const { status, error } = await look({ status: 'failed', error: { code, message: 'so it is' } })
    expect([status, lastingCodeOf(error ?? {})]).toEqual(['failed', 'upstream_failed'])
  },
)

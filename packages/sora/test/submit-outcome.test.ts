import { describe, expect, test } from 'vitest'
import { createScrubber } from '../src/answer.ts'
import { submitOutcome } from '../src/submit-outcome.ts'
import { KEY } from './upstream.ts'

const error = (code: string | null, message = 'no', more: object = {}) => ({
  error: { code, message, ...more },
})
const model = error('model_not_allowed', 'model x is not available for your group')
const video = '{"id":"video_ab","status":"queued"}'

/** What an answer comes to, in a word or two. */
function told(status: number, body: unknown, headers: Record<string, string> = {}): string {
  const outcome = submitOutcome(
    { status, body, header: (name) => headers[name.toLowerCase()] },
    createScrubber(KEY),
  )
  if (outcome.kind === 'refused') return outcome.errorCode
  if (outcome.kind === 'not_now') return `${outcome.reason}${outcome.refusal ? ', perhaps refused' : ''}`
  return outcome.kind
}

describe('what a body says of this request is a verdict, whatever the status', () => {
  const statuses = [
    400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 422, 423, 424, 429, 451, 499, 200, 201, 202,
  ]
  test.each(statuses)('%i', (status) => {
    expect(told(status, model)).toBe('upstream_refused')
    expect(told(status, error('content_policy_violation'))).toBe('moderation_blocked')
    expect(told(status, { code: 'invalid_parameter', message: 'no', data: null })).toBe('upstream_refused')
    expect(told(status, { detail: '提示词违规' })).toBe('moderation_blocked')
    expect(told(status, error(null, 'prompt too long'))).toBe('upstream_refused')
  })
  test.each([
    [
      401,
      error(
        '401',
        'Authentication Error, API Key not allowed to access model. This token can only access models=[x]',
      ),
    ],
    [403, error(null, 'Your organization must be verified to use the model `sora-2`.')],
    [404, error(null, "Video with id 'video_9' not found")],
    [404, error('model_not_found', 'The model `x` does not exist')],
    [404, { detail: 'Not Found' }],
    [409, { code: 'busy', message: 'b' }],
    [400, undefined],
    [413, undefined],
    [422, { detail: [{ loc: ['body', 'size'] }] }],
    [451, undefined],
  ])('%i with %j', (status, body) => {
    expect(told(status, body)).toBe('upstream_refused')
  })
  test('403 whose metadata says what moderation found', () => {
    const metadata = { reasons: ['violence'], flagged_input: 'x' }
    expect(told(403, { error: { code: 403, message: 'no', metadata } })).toBe('moderation_blocked')
  })
})

describe('what it says of our key, our account or the rate holds for all', () => {
  test.each([400, 401, 403, 404, 200])('%i', (status) => {
    expect(told(status, error('invalid_api_key', 'Incorrect API key provided'))).toBe('key_rejected')
    expect(told(status, { message: '该令牌已过期' })).toBe(status === 200 ? 'in_doubt' : 'key_rejected')
    expect(told(status, error('insufficient_user_quota', 'quota too low'))).toBe('balance_empty')
    expect(told(status, error(null, '余额不足'))).toBe('balance_empty')
    expect(told(status, error('rate_limit_exceeded'))).toBe('rate_limited')
  })
  test.each<[number, unknown, string]>([
    [402, error('insufficient_quota'), 'balance_empty'],
    [402, { error: { code: 402, message: 'not enough credits' } }, 'balance_empty'],
    [
      400,
      { error: { type: 'budget_exceeded', code: '400', message: 'Budget has been exceeded!' } },
      'balance_empty',
    ],
    [403, error('AccountOverdueError'), 'balance_empty'],
    [403, error(null, 'Your account has been suspended'), 'key_rejected'],
    [400, error(null, 'The model is overloaded, please try again later'), 'rate_limited'],
    [429, undefined, 'rate_limited'],
    [429, error(null, 'Too many running tasks: 2', { type: 'rate_limit' }), 'rate_limited'],
    [429, error(null, 'For your safety, requests are rate limited'), 'rate_limited'],
    [429, { error: { code: 'Throttling', message: 'x' } }, 'rate_limited'],
  ])('%i %j is %s', (status, body, outcome) => {
    expect(told(status, body)).toBe(outcome)
  })
})

describe('a quota', () => {
  const words = 'You exceeded your current quota, please check your plan and billing details.'
  test.each<[string, unknown]>([
    ['code', error('insufficient_quota')],
    ['type', error(null, 'no', { type: 'insufficient_quota' })],
    ['words', error(null, words)],
    ['number', { code: 1102, message: 'no', request_id: 'q' }],
    ['words of its own', error(null, '配额不足')],
  ])('that is used up, by its %s, ends the task', (_, body) => {
    expect(told(429, body)).toBe('insufficient_quota')
  })
  test('that comes back soon is a rate', () => {
    expect(told(429, error(null, 'quota exceeded, try again in 20 s'))).toBe('rate_limited')
    expect(told(429, error(null, words), { 'retry-after': '20' })).toBe('rate_limited')
    expect(told(429, error('insufficient_quota'), { 'retry-after': '20' })).toBe('insufficient_quota')
  })
})

describe('where it can’t be told, it may be either', () => {
  test.each<[number, unknown, string]>([
    [403, undefined, 'unclear'],
    [403, {}, 'unclear'],
    [403, { error: 'Forbidden' }, 'unclear'],
    [403, { detail: 'Permission denied' }, 'unclear'],
    [403, error('invalid_request_error', 'Access denied'), 'unclear'],
    [401, { message: 'header x-project is required' }, 'key_rejected'],
    [401, { error: { code: 'invalid_request', message: 'invalid header value' } }, 'key_rejected'],
    [403, { error: { code: 'invalid_parameter', message: 'invalid signature' } }, 'unclear'],
    [401, undefined, 'key_rejected'],
    [401, { error: 'Unauthorized' }, 'key_rejected'],
    [402, undefined, 'balance_empty'],
    [405, { detail: 'Method Not Allowed' }, 'misconfigured'],
    [407, undefined, 'misconfigured'],
    [404, error(null, 'Invalid URL (POST /v2/videos)', { type: 'invalid_request_error' }), 'misconfigured'],
    [404, { message: 'Cannot POST /v1/videos' }, 'misconfigured'],
  ])('%i %j is %s', (status, body, reason) => {
    expect(told(status, body)).toBe(`${reason}, perhaps refused`)
  })
  test.each([
    [404, 'text/html'],
    [404, 'text/plain; charset=utf-8'],
    [400, 'text/html; charset=utf-8'],
  ])('%i with %s comes from no API', (status, type) => {
    expect(told(status, undefined, { 'content-type': type })).toBe('misconfigured, perhaps refused')
  })
})

describe('an error under 200', () => {
  test.each<[unknown, string]>([
    [error('insufficient_balance'), 'balance_empty'],
    [{ code: 1301, message: 'risk', request_id: 'q1' }, 'moderation_blocked'],
    [{ code: 1201, message: 'm', data: { task_id: null } }, 'upstream_refused'],
    [{ code: 1302, message: 'm' }, 'rate_limited'],
    [{ code: 1002, message: 'm' }, 'key_rejected'],
    [{ success: false, message: '参数错误' }, 'upstream_refused'],
    [{ error: 'bad_request' }, 'upstream_refused'],
    [{ base_resp: { status_code: 1026, status_msg: 'x' } }, 'moderation_blocked'],
  ])('such as %j is %s', (body, outcome) => {
    expect(told(200, body)).toBe(outcome)
  })
  test.each<[string, unknown]>([
    ['names a video', { id: 'video_2', ...error('invalid_parameter') }],
    ['names one within a text', { code: 'invalid_parameter', message: video, data: null }],
    ['names one deep inside', { ...error('invalid_parameter'), data: { result: { task_id: 't1' } } }],
    ['quotes what a relay could not read', { code: 'fail_to_fetch_task', message: video, data: null }],
    ['is of a relay that could not read', { code: 'fail_to_fetch_task', message: 'invalid request' }],
    ['is of upstream itself', error('internal_error', 'could not render')],
    ['says nothing', error('c', 'm')],
    ['is of a server that is busy', error(null, 'the server is busy')],
    ['is none', { message: 'invalid parameter' }],
    ['has no value', { error: null, code: 0, message: 'ok' }],
  ])('is none where it %s', (_, body) => {
    expect(['in_doubt', 'created']).toContain(told(202, body))
  })
})

test.each([408, 500, 502, 503, 504, 529])(
  'a status %i leaves it in doubt, whatever the body says',
  (status) => {
    expect(told(status, error('content_policy_violation'))).toBe('in_doubt')
  },
)

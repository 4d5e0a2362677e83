import { describe, expect, test } from 'vitest'
import { told } from './told.ts'

const error = (code: string | null, message = 'no', more: object = {}) => ({
  error: { code, message, ...more },
})
const model = error('model_not_allowed', 'model x is not available for your group')
const video = '{"id":"video_ab","status":"queued"}'

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

describe('an error under 200 that may hide a video', () => {
  const refusal = (message: string) => ({ error: { message } })
  test.each<unknown>([
    refusal('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'),
    refusal('request timeout exceeded'),
    refusal('timeout of 30 seconds exceeded'),
    refusal('upstream request timed out, input may be too large'),
    refusal('the request took too long'),
    refusal('upstream returned invalid json'),
    refusal('invalid response body'),
    refusal('invalid character < looking for beginning of value'),
    refusal('failed to parse the answer: bad request'),
    refusal('unexpected EOF: invalid content length'),
    refusal('connection reset; retry after 5s'),
    refusal('write: broken pipe, input lost'),
    refusal('502 Bad Gateway: invalid request'),
    refusal('image input: socket hang up'),
    refusal('read ECONNRESET, no more credits for retries'),
    refusal('transport is closing, invalid request'),
    refusal('upstream closed the connection: invalid request'),
    refusal('failed to reach upstream: no input'),
    refusal('任务创建成功，参数无效的已忽略'),
    refusal('Rate limit reached, retry after 5s'),
    refusal('the request was queued, retry after 10s'),
    refusal('task submitted, the request must be polled'),
    error('unmarshal_response_body_failed', 'invalid request'),
    error('upstream_timeout', 'invalid request'),
    error('accepted', 'queued, retry after 10s'),
    error('invalid_request', 'invalid request', { details: 'context deadline exceeded' }),
    { code: 500, message: '服务器超时，请求参数已提交' },
    { code: '504', message: 'invalid request' },
    { code: 5200, message: '参数错误' },
    { error: { status: 502, message: 'invalid request' } },
    { code: 'accepted', message: 'queued, retry after 10s' },
    { code: 'pending', message: 'please wait 10 seconds', success: false },
    { code: 1, message: '任务已提交，请求参数无误', success: false },
    { success: false, message: '解析响应失败，格式无效' },
    { error: 'upstream: {"code":503,"message":"invalid parameter"}' },
  ])('such as %j is no refusal', (body) => {
    expect(told(200, body)).toBe('in_doubt')
  })
})

describe('a 4xx that doesn’t say that nothing was made', () => {
  const late = 'upstream timeout, task may have been created, try again later'
  test.each<[number, unknown]>([
    [400, { error: { message: late } }],
    [403, { error: { message: late } }],
    [429, { error: { message: late } }],
    [422, error('invalid_request_error', 'context deadline exceeded')],
    [400, error('upstream_timeout')],
    [404, { detail: 'read tcp 10.0.0.1: connection reset by peer' }],
    [400, error('bad_response_body', 'invalid character')],
    [400, { error: { message: 'upstream returned an invalid response' } }],
    [400, { error: { message: 'Bad Gateway' } }],
    [400, error(null, 'The model is overloaded, please try again later')],
    [403, { message: '系统繁忙，请稍后再试' }],
    [400, { message: '请求超时，参数已提交' }],
    [400, { message: '请求过于频繁' }],
    [403, { error: { message: 'Too many requests' } }],
    [409, { error: { message: 'Duplicate request' } }],
    [409, { error: { message: 'This task already exists' } }],
    [409, { message: '请勿重复提交' }],
    [425, { error: { message: 'already in progress' } }],
    [423, { error: { message: 'locked, try again later' } }],
    [499, undefined],
    [460, undefined],
    [424, { error: { message: 'failed dependency' } }],
    [400, { code: 500, message: 'x' }],
    [400, { task_id: 't1' }],
    [409, { ...error(null, 'a request is running'), id: 'video_2', status: 'queued' }],
  ])('%i with %j leaves it in doubt', (status, body) => {
    expect(told(status, body)).toBe('in_doubt')
  })
  test.each<[number, unknown, string]>([
    [429, { message: '请勿重复提交' }, 'rate_limited'],
    [429, { error: { message: 'timed out waiting for a slot' } }, 'rate_limited'],
    [425, undefined, 'unclear, perhaps refused'],
    [409, undefined, 'upstream_refused'],
    [409, { error: { message: 'source video is not completed' } }, 'upstream_refused'],
    [423, undefined, 'upstream_refused'],
    [424, error('content_policy_violation'), 'moderation_blocked'],
    [499, error(null, 'prompt too long'), 'upstream_refused'],
    [400, error('invalid_parameter', 'timeout must be at most 600'), 'upstream_refused'],
    [400, error(null, 'invalid timeout'), 'upstream_refused'],
    [400, error(null, 'invalid JSON body'), 'upstream_refused'],
    [400, error(null, 'invalid response_format'), 'upstream_refused'],
    [401, { message: 'session timed out, log in again' }, 'key_rejected, perhaps refused'],
    [401, { message: '令牌验证超时' }, 'key_rejected, perhaps refused'],
    [404, { error: { message: 'no such video', type: 'not_found' }, id: 'video_2' }, 'upstream_refused'],
  ])('but %i with %j says so', (status, body, outcome) => {
    expect(told(status, body)).toBe(outcome)
  })
})

describe('a 4xx that is a video’s record', () => {
  test.each<[number, unknown]>([
    [400, { id: 'video_2', object: 'video', status: 'queued' }],
    [409, { id: 'video_2', object: 'video' }],
    [429, { id: 'video_2', object: 'video.generation', status: 'in_progress' }],
    [402, { task_id: 't1', status: 'processing' }],
    [404, { code: 0, data: { task_id: 't1', task_status: 'submitted' } }],
    [422, { id: 'video_2', status: 'IN_PROGRESS', error: null }],
  ])('%i with %j means that it was made', (status, body) => {
    expect(told(status, body)).toBe('created')
  })
  test.each<[unknown, string]>([
    [{ id: 'video_1', object: 'video', status: 'in_progress' }, 'upstream_refused'],
    [{ id: 'video_2', object: 'video.deleted', deleted: true }, 'in_doubt'],
    [
      { id: 'video_2', object: 'video', status: 'failed', error: { code: 'moderation_blocked' } },
      'moderation_blocked',
    ],
  ])('but not %j', (body, outcome) => {
    expect(told(409, body)).toBe(outcome)
  })
})

test.each([
  [303, '/v1/videos/video_2', 'in_doubt'],
  [303, 'https://example.org/v1/videos/video_2?x=1', 'in_doubt'],
  [303, '/v1/tasks/t1/', 'in_doubt'],
  [307, '/v1/videos/video_2', 'misconfigured'],
  [303, '/v2/videos', 'misconfigured'],
  [303, '/login', 'misconfigured'],
  [302, '/v2/videos/edits', 'misconfigured'],
  [302, '/v2/videos/video_1/remix', 'misconfigured'],
  [302, '/v2/videos/video_1', 'misconfigured'],
  [302, '/login', 'misconfigured'],
])('a redirect with %i to %s means %s', (status, location, outcome) => {
  expect(told(status, undefined, { location })).toBe(outcome)
})

test.each([408, 500, 502, 503, 504, 529])(
  'a status %i leaves it in doubt, whatever the body says',
  (status) => {
    expect(told(status, error('content_policy_violation'))).toBe('in_doubt')
  },
)

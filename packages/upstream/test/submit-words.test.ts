import { describe, expect, test } from 'vitest'
import { told } from './told.ts'

const said = (message: string) => ({ error: { message } })
const coded = (code: string, message: string) => ({ error: { code, message } })
type Row = [number, unknown, string]

/** Each row: a status, a body and what they come to. */
function rows(title: string, table: Row[]) {
  test.each<Row>(table)(`${title}: %i %j is %s`, (status, body, outcome) => {
    expect(told(status, body)).toBe(outcome)
  })
}

describe('a success that isn’t understood', () => {
  rows('leaves it in doubt', [
    [200, { code: 1000, message: '操作成功', data: { taskNo: 'x' } }, 'in_doubt'],
    [200, { code: '0000', message: '请求成功，剩余额度 120', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: '000000', message: 'ok, 剩余额度 120', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: 100000, message: '扣费成功，余额 20', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: 100000, message: '下单完成，余额 20', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: 1, message: '已扣费 5，余额 20', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: '00000', message: '操作成功, 内容审核中', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: 1, message: 'Success. Content moderation pending', data: { uuid: 'x' } }, 'in_doubt'],
    [200, { code: 1, message: 'Operation successful, billing: 5 credits', data: { uuid: 'x' } }, 'in_doubt'],
  ])
  rows('but not where it is denied', [
    [200, { code: 1000, message: '操作不成功，余额不足' }, 'balance_empty'],
    [200, { code: 1, message: '未能成功，余额不足' }, 'balance_empty'],
    [200, { code: 1, message: '没有成功，余额不足' }, 'balance_empty'],
    [200, { code: 1, message: '余额不足，请充值成功后重试' }, 'balance_empty'],
    [200, { code: 1, message: '预扣费失败，余额不足' }, 'balance_empty'],
    [200, { code: 1, message: 'Unsuccessful: invalid parameter' }, 'upstream_refused'],
    [200, { code: 1, message: 'The request was not successful: invalid parameter' }, 'upstream_refused'],
  ])
})

describe('another video’s record, or an id of the request', () => {
  const other = { id: 'video_9', object: 'video', status: 'in_progress' }
  rows('is not what a 4xx made', [
    [429, { ...other, message: 'another video is running' }, 'rate_limited'],
    [429, { ...other, message: 'it may have been created' }, 'in_doubt'],
    [429, { id: 'video_9', status: 'queued', error: { message: 'wait for it' } }, 'rate_limited'],
    [409, { id: 'video_9', status: 'processing', message: 'already have one' }, 'in_doubt'],
    [400, { ...other, reason: 'another is running' }, 'in_doubt'],
    [
      403,
      { request_id: 'r1', state: 'pending', message: 'Account verification pending' },
      'unclear, perhaps refused',
    ],
    [403, { data: { request_id: 'r1', state: 'pending' } }, 'unclear, perhaps refused'],
    [404, { request_id: 'r1', status: 'unknown' }, 'upstream_refused'],
    [
      404,
      { code: 0, message: 'SUCCEED', request_id: 'q', data: { task_id: 't', status: 'queued' } },
      'created',
    ],
  ])
  rows('is not what a success made, beside an error', [
    [200, { message: 'prompt too long', request_id: 'r1' }, 'in_doubt'],
    [200, { message: 'Request accepted', request_id: 'r1' }, 'in_doubt'],
    [200, { status: 'failed', request_id: 'r1' }, 'in_doubt'],
    [200, { status: 'failed', message: '余额不足', request_id: 'r1' }, 'balance_empty'],
    [200, { status: 'error', message: 'invalid size', requestId: 'r1' }, 'upstream_refused'],
    [200, { status: 'failed', message: 'invalid size', id: 'video_9' }, 'created'],
    [200, { status: 'queued', message: 'Request accepted', request_id: 'r1' }, 'created'],
    [200, { status: 'IN_QUEUE', request_id: 'r1', response_url: 'u' }, 'created'],
    [200, { message: 'success', request_id: 'r1' }, 'created'],
    [200, { request_id: 'r1' }, 'created'],
  ])
})

describe('an id alone, under a 4xx', () => {
  rows('is a trace’s where our key, our means or a message are told', [
    [401, { id: 'req_1', message: 'Unauthorized' }, 'key_rejected, perhaps refused'],
    [402, { id: 'req_1', message: 'Payment Required' }, 'balance_empty, perhaps refused'],
    [403, { id: 'req_1', message: 'Forbidden' }, 'unclear, perhaps refused'],
    [400, { id: 'req_1', message: 'Bad Request' }, 'upstream_refused'],
    [404, { id: 'abc', message: 'Not Found' }, 'upstream_refused'],
    [407, { id: 'req_1' }, 'misconfigured, perhaps refused'],
    [401, { task_id: 't1' }, 'key_rejected, perhaps refused'],
  ])
  rows('may be a video’s otherwise', [
    [400, { id: 't1' }, 'in_doubt'],
    [403, { task_id: 't1' }, 'in_doubt'],
    [400, { task_id: 't1', message: 'hm' }, 'in_doubt'],
    [400, { data: { id: 't1' }, message: 'hm' }, 'in_doubt'],
  ])
})

describe('a no that was passed on', () => {
  const passedOn = (told: number) => coded('bad_response_status_code', `bad response status code ${told}`)
  const param = (param: string) => ({
    error: {
      message: 'openai_error',
      type: 'bad_response_status_code',
      code: 'bad_response_status_code',
      param,
    },
  })
  rows('is one', [
    [400, passedOn(400), 'upstream_refused'],
    [401, passedOn(401), 'key_rejected, perhaps refused'],
    [402, passedOn(402), 'balance_empty, perhaps refused'],
    [403, passedOn(403), 'unclear, perhaps refused'],
    [404, passedOn(404), 'upstream_refused'],
    [413, passedOn(413), 'upstream_refused'],
    [429, passedOn(429), 'rate_limited'],
    [400, param('400'), 'upstream_refused'],
    [400, said('bad response status code 400, body: invalid size'), 'upstream_refused'],
    [400, said('upstream returned 400: invalid size'), 'upstream_refused'],
    [400, said('upstream returned status code 422: unexpected field x'), 'upstream_refused'],
    [400, said('server returned 400 Bad Request'), 'upstream_refused'],
    [401, said('upstream returned 401 invalid api key'), 'key_rejected'],
    [403, said('upstream returned 403: no access to model'), 'upstream_refused'],
    [400, said('Provider returned error: invalid prompt'), 'upstream_refused'],
    [400, said('Provider returned error'), 'upstream_refused'],
  ])
  rows('is none where it was no no', [
    [400, passedOn(502), 'in_doubt'],
    [403, passedOn(504), 'in_doubt'],
    [400, passedOn(408), 'in_doubt'],
    [400, passedOn(200), 'in_doubt'],
    [200, passedOn(400), 'in_doubt'],
    [400, param('502'), 'in_doubt'],
    [400, coded('bad_response_body', 'invalid character'), 'in_doubt'],
    [400, said('upstream returned 503'), 'in_doubt'],
    [403, said('error code: 522'), 'in_doubt'],
    [400, said('upstream error: 503 Service Unavailable'), 'in_doubt'],
    [400, { code: 'OperationInProcess', message: 'operation in process, please retry later' }, 'in_doubt'],
    [400, said('upstream returned an invalid response'), 'in_doubt'],
    [400, said('upstream returned non-JSON'), 'in_doubt'],
    [400, said('upstream returned nothing'), 'in_doubt'],
    [400, said('upstream returned error: unexpected end of stream'), 'in_doubt'],
    [400, said('fetch failed'), 'in_doubt'],
    [400, said('This operation was aborted'), 'in_doubt'],
  ])
})

describe('words of trouble on the way', () => {
  rows('may be said of something else', [
    [400, said('a prompt about economic growth is too long'), 'upstream_refused'],
    [400, said('Invalid prompt: "a deadline exceeded, the stream was broken"'), 'upstream_refused'],
    [400, said('Your prompt violates our policy: “the network connection failed”'), 'moderation_blocked'],
    [400, said('Response failed safety checks'), 'moderation_blocked'],
    [400, said('Unable to connect to the image URL'), 'upstream_refused'],
    [400, said('Failed to download image: connection refused'), 'upstream_refused'],
    [400, said('Timeout while downloading the image'), 'upstream_refused'],
    [400, said('图片下载超时'), 'upstream_refused'],
    [400, said('网络异常行为，账号已冻结'), 'key_rejected'],
    [400, said('返回格式不支持'), 'upstream_refused'],
    [400, said('时长超时限制'), 'upstream_refused'],
    [402, said('Payment deadline passed'), 'balance_empty, perhaps refused'],
    [402, said('connection with your bank was refused'), 'balance_empty, perhaps refused'],
    [402, said('payment timed out'), 'balance_empty, perhaps refused'],
  ])
  rows('are that otherwise', [
    [400, said('read ECONNRESET'), 'in_doubt'],
    [400, said('DEADLINE_EXCEEDED'), 'in_doubt'],
    [400, said('could not connect to the server'), 'in_doubt'],
    [400, said('failed to connect to image service: connection refused'), 'in_doubt'],
    [400, said('prompt submission: Post "https://example.org/v1": context deadline exceeded'), 'in_doubt'],
    [400, said('failed to send prompt: "connection reset by peer"'), 'in_doubt'],
    [400, said('upstream error: "context deadline exceeded"'), 'in_doubt'],
    [400, said('response failed'), 'in_doubt'],
    [400, said('网络异常，请稍后再试'), 'in_doubt'],
    [400, said('返回格式错误'), 'in_doubt'],
    [400, said('请求超时'), 'in_doubt'],
  ])
})

describe('a no that says that it may have been made', () => {
  rows('is in doubt', [
    [400, said('task may have been created, try again later'), 'in_doubt'],
    [429, said('任务可能已提交'), 'in_doubt'],
    [400, coded('invalid_value', '任务可能已经被创建'), 'in_doubt'],
    [400, said('可能已扣费'), 'in_doubt'],
    [400, said('任务可能仍在处理'), 'in_doubt'],
    [400, said('the video may already be processing'), 'in_doubt'],
    [400, said('your request might still be processed'), 'in_doubt'],
    [400, said('the job may still be running'), 'in_doubt'],
    [400, said('the task may be running'), 'in_doubt'],
    [400, said('you may be charged'), 'in_doubt'],
    [400, said('The video could have been created'), 'in_doubt'],
    [400, said('the request was possibly submitted'), 'in_doubt'],
  ])
  rows('is none where it says what may be, or what else was done', [
    [401, coded('invalid_api_key', '您的令牌可能已过期'), 'key_rejected'],
    [400, said('Your image may have been generated by AI'), 'upstream_refused'],
    [403, said('账号可能已被封'), 'key_rejected'],
    [404, coded('task_not_exist', '任务不存在，可能已过期'), 'upstream_refused'],
    [404, said('视频不存在或可能已被删除'), 'upstream_refused'],
    [400, coded('content_policy_violation', '提示词可能已触发审核'), 'moderation_blocked'],
    [429, coded('rate_limit_exceeded', 'Only 2 videos may be created at a time'), 'rate_limited'],
    [429, said('Only 2 videos may be processing at a time'), 'rate_limited'],
    [400, coded('invalid_value', 'Remix may only be started from a completed video'), 'upstream_refused'],
    [400, said('A remix may be created from a completed video only'), 'upstream_refused'],
    [
      400,
      coded('moderation_blocked', 'Videos of people may only be generated with their consent'),
      'moderation_blocked',
    ],
    [429, said('You may have started too many requests'), 'rate_limited'],
  ])
})

describe('a no that says that there is one already', () => {
  rows('is in doubt', [
    [409, said('A remix of the source video is already in progress'), 'in_doubt'],
    [409, said('a request for this source video was already submitted'), 'in_doubt'],
    [409, said('A remix of this source video already exists'), 'in_doubt'],
    [409, said('The video is already processing'), 'in_doubt'],
    [409, said('原视频重复提交'), 'in_doubt'],
  ])
  rows('is refused where it means the source', [
    [409, said('source video is already processing'), 'upstream_refused'],
    [400, said('The source video is already in progress'), 'upstream_refused'],
    [409, said('A video is already being processed from this source'), 'upstream_refused'],
    [400, said('original video is already being processed'), 'upstream_refused'],
    [409, said('The original video is already running'), 'upstream_refused'],
    [409, said('The input video is already being generated'), 'upstream_refused'],
    [409, said('源视频已在处理中'), 'upstream_refused'],
  ])
})

describe('a number', () => {
  const volcengine = (code: number, message: string) => ({ code, message, data: null })
  const miniMax = (status_code: number, status_msg: string) => ({
    base_resp: { status_code, status_msg },
    task_id: '',
  })
  rows('of Volcengine’s tells what is wrong', [
    [400, volcengine(50412, 'Text Risk Not Pass'), 'moderation_blocked'],
    [400, volcengine(50411, 'Pre Img Risk Not Pass'), 'moderation_blocked'],
    [400, volcengine(50413, 'Post Text Risk Not Pass'), 'moderation_blocked'],
    [400, volcengine(50511, 'Post Img Risk Not Pass'), 'moderation_blocked'],
    [200, volcengine(50411, '输入图片审核不通过'), 'moderation_blocked'],
    [200, volcengine(50511, 'no'), 'moderation_blocked'],
    [401, volcengine(50400, 'Access Denied'), 'key_rejected, perhaps refused'],
    [200, volcengine(50205, 'Image size exceeds the limit'), 'upstream_refused'],
    [400, volcengine(50215, 'Input invalid for this service'), 'upstream_refused'],
    [429, volcengine(50429, 'Request Has Reached API Limit, Please Try Later'), 'rate_limited'],
    [200, volcengine(50430, 'Request Has Reached API Concurrent Limit'), 'rate_limited'],
  ])
  rows('of a server’s trouble leaves it in doubt', [
    [400, volcengine(50500, 'Internal Error'), 'in_doubt'],
    [200, volcengine(50501, 'invalid parameter'), 'in_doubt'],
    [200, volcengine(50012, 'invalid parameter'), 'in_doubt'],
    [200, volcengine(5001, 'invalid parameter'), 'in_doubt'],
    [200, said('upstream 502: invalid request'), 'in_doubt'],
    [200, said('status 503, invalid request'), 'in_doubt'],
    [200, said('invalid request (500)'), 'in_doubt'],
  ])
  rows('may be how much is allowed', [
    [200, said('Prompt must be at most 500 characters'), 'upstream_refused'],
    [200, said('prompt length cannot exceed 500 characters'), 'upstream_refused'],
    [200, said('the width must be less than 502'), 'upstream_refused'],
    [200, said('提示词不能超过500字'), 'upstream_refused'],
  ])
  rows('of MiniMax’s is not Kling’s', [
    [200, miniMax(1002, 'rate limit'), 'rate_limited'],
    [200, miniMax(1002, '触发限流，请稍后再试'), 'rate_limited'],
    [200, miniMax(1039, 'token limit'), 'rate_limited'],
    [200, miniMax(1004, 'no'), 'key_rejected'],
    [200, miniMax(1008, 'insufficient balance'), 'balance_empty'],
    [200, miniMax(2013, 'invalid params'), 'upstream_refused'],
    [200, miniMax(1000, 'unknown error'), 'in_doubt'],
    [200, miniMax(1001, 'no'), 'in_doubt'],
    [200, { code: 1002, message: 'no' }, 'key_rejected'],
  ])
})

describe('429', () => {
  rows('means too many, whatever has a limit', [
    [429, said('You have exceeded your request limit'), 'rate_limited'],
    [429, said('The number of requests exceeds the limit'), 'rate_limited'],
    [429, said('Request Has Reached API Limit, Please Try Later'), 'rate_limited'],
    [429, said('超出调用次数限制'), 'rate_limited'],
    [429, said('已超出每分钟请求限制'), 'rate_limited'],
    [429, said('Video generation limit reached'), 'rate_limited'],
    [429, said('Daily video limit reached'), 'rate_limited'],
    [429, said('Maximum number of videos in progress exceeded'), 'rate_limited'],
    [429, said('Model sora-2 is not available right now'), 'rate_limited'],
    [429, { code: 429, message: 'Video generation limit reached' }, 'rate_limited'],
    [429, coded('video_limit_exceeded', 'no'), 'rate_limited'],
    [
      429,
      { error: { type: 'invalid_request_error', message: 'Video generation limit reached' } },
      'rate_limited',
    ],
  ])
  rows('is a refusal where it blames the request', [
    [429, said('prompt too long'), 'upstream_refused'],
    [429, said('Prompt exceeds the maximum length of 2000 characters'), 'upstream_refused'],
    [429, said('seconds must be one of 4, 8, 12'), 'upstream_refused'],
    [429, coded('429', 'Invalid size'), 'upstream_refused'],
    [429, coded('model_not_allowed', 'no'), 'upstream_refused'],
    [429, said('不支持的分辨率'), 'upstream_refused'],
  ])
})

describe('one who has nobody to ask', () => {
  const channel = 'No available channel for model sora-2 under group default (distributor)'
  rows('made nothing', [
    [400, said(channel), 'rate_limited'],
    [403, said(channel), 'rate_limited'],
    [429, said(channel), 'rate_limited'],
    [404, coded('model_not_found', channel), 'upstream_refused'],
    [400, said('The service is under maintenance'), 'rate_limited'],
    [403, said('系统维护中'), 'rate_limited'],
    [403, said('Your account is temporarily restricted'), 'rate_limited'],
  ])
  rows('may be anybody with 5xx or 200', [
    [503, coded('model_not_found', channel), 'in_doubt'],
    [200, said(channel), 'in_doubt'],
    [400, said('Service temporarily unavailable'), 'in_doubt'],
  ])
})

describe('plain text', () => {
  test.each<[number, string, string]>([
    [400, 'upstream timeout', 'in_doubt'],
    [404, 'the task may have been created', 'in_doubt'],
    [400, 'invalid size', 'upstream_refused'],
    [401, 'invalid api key', 'key_rejected'],
    [403, '余额不足', 'balance_empty'],
    [404, 'Video not found', 'upstream_refused'],
    [404, '404 page not found', 'misconfigured, perhaps refused'],
    [404, 'Not Found', 'misconfigured, perhaps refused'],
    [403, 'error code: 1020', 'unclear, perhaps refused'],
    [429, 'Too Many Requests', 'rate_limited'],
  ])('with %i, %j, is %s', (status, text, outcome) => {
    expect(told(status, text, { 'content-type': 'text/plain' })).toBe(outcome)
  })
})

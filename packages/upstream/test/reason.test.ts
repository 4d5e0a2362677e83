import { describe, expect, test } from 'vitest'
import { blockOf, isErrorBody, type Reason, readReason } from '../src/errors/reason.ts'
import { usual } from './usual.ts'

const nested = JSON.stringify({ detail: { code: 'sentinel_block', message: 'not allowed' } })

describe('the reason', () => {
  test.each<[string, unknown, Reason]>([
    [
      "of OpenAI's error",
      { error: { code: 'c', message: 'm', type: 't', param: null } },
      { code: 'c', type: 't', message: 'm' },
    ],
    [
      'of an error in an error',
      { error: { error: { code: 'moderation_blocked' } } },
      { code: 'moderation_blocked' },
    ],
    ['that is a text', { error: 'blocked by our moderation' }, { message: 'blocked by our moderation' }],
    [
      'that is one word',
      { error: 'moderation_blocked' },
      { code: 'moderation_blocked', message: 'moderation_blocked' },
    ],
    [
      'in JSON in a text',
      { error: '{"code":"moderation_blocked","message":"no"}' },
      { code: 'moderation_blocked', message: 'no' },
    ],
    [
      'in JSON behind words',
      {
        message: 'upstream said 400: {"error":{"code":"content_policy_violation","message":"no"}}',
        code: 'fail_to_fetch_task',
      },
      { code: 'content_policy_violation', message: 'no' },
    ],
    [
      'of a relay in a relay',
      { error: { code: 'sentinel_block', message: nested } },
      { code: 'sentinel_block', message: 'not allowed' },
    ],
    ['in braces that are no JSON', { error: 'bad {size}' }, { message: 'bad {size}' }],
    [
      'that only the type tells',
      { error: { code: null, type: 'moderation_blocked', message: 'rejected' } },
      { type: 'moderation_blocked', message: 'rejected' },
    ],
    ['that is nothing but a type', { error: { type: 'insufficient_quota' } }, { type: 'insufficient_quota' }],
    ["of FastAPI's text", { detail: 'two references given' }, { message: 'two references given' }],
    [
      "of FastAPI's list",
      {
        detail: [
          { loc: ['body', 'size'], msg: 'bad', type: 'value_error' },
          { loc: ['body', 'model'], msg: 'worse', type: 'x' },
        ],
      },
      { type: 'value_error', message: 'body.size: bad; body.model: worse' },
    ],
    ["of FastAPI's object", { detail: { code: 'c', message: 'm' } }, { code: 'c', message: 'm' }],
    ['of a list of errors', { errors: [{ code: 'c', message: 'm' }] }, { code: 'c', message: 'm' }],
    ['of a list', [{ error: { code: 'c', message: 'm' } }], { code: 'c', message: 'm' }],
    ['of a list of texts', { errors: ['one', 'two'] }, { message: 'one; two' }],
    [
      'that is bare',
      { code: 'task_not_exist', message: 'm', data: null },
      { code: 'task_not_exist', message: 'm' },
    ],
    ['with a number', { code: 1301, message: 'm', request_id: 'q' }, { code: '1301', message: 'm' }],
    [
      'flat, with a number',
      { object: 'error', message: 'm', type: 'BadRequestError', code: 400 },
      { code: '400', type: 'BadRequestError', message: 'm' },
    ],
    [
      'with a name inside a number',
      { code: 403, error: { code: 'model_not_allowed', message: 'm' } },
      { code: 'model_not_allowed', message: 'm' },
    ],
    [
      'with a number inside a name',
      { code: 'model_not_allowed', error: { code: 403, message: 'm' } },
      { code: 'model_not_allowed', message: 'm' },
    ],
    [
      'with the code beside it',
      { status: 'failed', error: 'render failed', error_code: 'gen_error' },
      { code: 'gen_error', message: 'render failed' },
    ],
    [
      "of xAI's",
      { code: 'Client specified an invalid argument', error: 'bad size' },
      { code: 'Client specified an invalid argument', message: 'bad size' },
    ],
    [
      "of Runway's",
      { status: 'FAILED', failure: 'unsafe', failureCode: 'SAFETY.INPUT.TEXT' },
      { code: 'SAFETY.INPUT.TEXT', message: 'unsafe' },
    ],
    [
      'in an envelope',
      { code: 'success', data: { status: 'FAILURE', fail_reason: 'content_moderation: blocked' } },
      { message: 'content_moderation: blocked' },
    ],
    [
      "of Kling's",
      { code: 0, message: 'SUCCEED', data: { task_status: 'failed', task_status_msg: '内容违规' } },
      { message: '内容违规' },
    ],
    [
      "of DashScope's",
      { output: { task_status: 'FAILED', code: 'DataInspectionFailed', message: 'm' } },
      { code: 'DataInspectionFailed', message: 'm' },
    ],
    [
      "of MiniMax's",
      { base_resp: { status_code: 1026, status_msg: 'sensitive' } },
      { code: '1026', message: 'sensitive' },
    ],
    [
      "of OpenRouter's",
      { error: { code: 403, message: 'no', metadata: { reasons: ['violence'] } } },
      { code: '403', type: 'moderation', message: 'no' },
    ],
    ['that is called status_reason', { status: 'failed', status_reason: 'm' }, { message: 'm' }],
    ['that is called failure_reason', { status: 'failed', failure_reason: 'm' }, { message: 'm' }],
    ['that is called error_message', { status: 'failed', error_message: 'm' }, { message: 'm' }],
    ['that is called reason', { status: 'failed', reason: 'm' }, { message: 'm' }],
    ['that is called msg', { code: 7, msg: 'm' }, { code: '7', message: 'm' }],
    ['of a body that is a text', 'Forbidden', { message: 'Forbidden' }],
    ['of an empty error', { error: { code: '', message: '' } }, {}],
    ['of zero values', { error: null, code: 0, message: '' }, {}],
    ['of a video', { id: 'v', status: 'failed', type: 'video', model: 'm', prompt: 'error_code' }, {}],
    ['of nothing', undefined, {}],
    ['of an error that says true', { error: true, message: 'm' }, { message: 'm' }],
  ])('%s is read', (_, body, reason) => {
    expect(readReason(body, usual.errors)).toEqual(reason)
  })

  test('is looked for in no endless depth', () => {
    let body: unknown = { message: 'm' }
    for (let n = 0; n < 10_000; n += 1) body = { error: body }
    expect(readReason(body, usual.errors)).toEqual({})
    expect(readReason({ error: '{'.repeat(20_000) }, usual.errors)).toHaveProperty('message')
  })
})

test.each<[unknown, boolean]>([
  [{ error: { code: 'insufficient_balance', message: 'm' } }, true],
  [{ error: 'no' }, true],
  [{ code: 'invalid_parameter', message: 'm', data: null }, true],
  [{ code: 1301, message: 'm', request_id: 'q' }, true],
  [{ detail: 'no' }, true],
  [{ success: false, message: 'no' }, true],
  [{ status: 'failed', message: 'no' }, true],
  [{ status: 'FAILED' }, false],
  [{ status: 'pending', message: 'no' }, false],
  [{ code: 0, message: 'ok', data: {} }, false],
  [{ code: 'success', message: 'm', data: null }, false],
  [{ message: 'accepted' }, false],
  [{ status: 'queued' }, false],
  [{ error: null, status: 'queued' }, false],
  [{ error: { code: '', message: '' } }, false],
  ['text', false],
  [undefined, false],
])('%j is an error: %s', (body, is) => {
  expect(isErrorBody(body, usual.errors)).toBe(is)
})

const kept = 'upstream keeps the video back for what it shows'
test.each<[unknown, string | undefined]>([
  [
    { status: 'completed', videos: [], content_filter: { filtered_count: 1, reasons: ['people', 'x'] } },
    'people, x',
  ],
  [{ status: 'completed', content_filter: { filtered_count: 2 } }, kept],
  [{ status: 'done', video: { url: '', respect_moderation: false } }, kept],
  [{ data: { respect_moderation: false } }, kept],
  [{ video: { respect_moderation: true } }, undefined],
  [{ content_filter: { filtered_count: 0, reasons: [] } }, undefined],
  [{ content_filter: null }, undefined],
  [undefined, undefined],
])('%j is blocked: %s', (body, message) => {
  const block = message === undefined ? undefined : { code: 'moderation_blocked', message }
  expect(blockOf(body, false, usual.blocked)).toEqual(block)
})

test('a clip of which something was filtered is one, unless it is kept back', () => {
  expect(blockOf({ content_filter: { filtered_count: 1 } }, true, usual.blocked)).toBeUndefined()
  expect(blockOf({ video: { respect_moderation: false } }, true, usual.blocked)).toBeDefined()
})

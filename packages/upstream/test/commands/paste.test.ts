import { describe, expect, test } from 'vitest'
import { KEY } from '../upstream.ts'
import { runCommand } from './run-command.ts'

const environment = { SORA_BASE_URL: 'https://host.example/v1', SORA_API_KEY: KEY }

const running = { id: 'video_1', object: 'video', status: 'in_progress', progress: 41, prompt: 'a kite' }

test('a body on stdin is understood as the answer to a create', async () => {
  const { status, output } = await runCommand(['paste', 'default'], {
    environment,
    input: JSON.stringify(running),
  })
  expect({ status, output }).toEqual({
    status: 0,
    output: `created with id video_1
  id: video_1
  status: in_progress (in_progress)
  progress: 41 %
  made at: not told
  prompt: told
The task is PROCESSING, and polled.
`,
  })
})

test('a head and a body as curl prints them are understood', async () => {
  const input = [
    'HTTP/1.1 100 Continue',
    '',
    'HTTP/2 429',
    'Content-Type: application/json',
    'Retry-After: 7',
    '',
    '{"error":{"message":"slow down","code":"rate_limit_exceeded"}}',
  ].join('\r\n')
  const { output } = await runCommand(['paste', 'default', 'create'], { environment, input })
  expect(output).toBe(`not now: upstream takes no more for now
Nothing was made. The task stays QUEUED, and this credential sends nothing for 7 s, as asked.
`)
})

test('nothing on stdin is told, with status 1', async () => {
  const { status, output, problems } = await runCommand(['paste', 'default', 'list'], { environment })
  expect({ status, output }).toEqual({ status: 1, output: '' })
  expect(problems).toBe('There must be an answer on stdin: a body, or what curl -i prints\n')
})

test('an upstream that is not there is told, with status 1', async () => {
  const { status, problems } = await runCommand(['paste', 'azure'], { environment, input: '{}' })
  expect({ status, problems }).toEqual({ status: 1, problems: 'NAME must be an upstream: default\n' })
})

describe('the answer to a create', () => {
  test.each<[string, number, unknown, string]>([
    ['with a new video', 202, { id: 'video_1', status: 'queued' }, 'created with id video_1'],
    [
      'that blames the request',
      400,
      error('size not supported', 'invalid_value'),
      'refused as upstream_refused (invalid_value): size not supported',
    ],
    [
      'that blames what it would show',
      400,
      error('no', 'moderation_blocked'),
      'The task is FAILED: moderation_blocked.',
    ],
    ['that blames the key', 401, error('wrong key', 'invalid_api_key'), 'not now: the key is rejected'],
    ['of an empty balance', 402, error('pay first', null), 'not now: the balance is empty'],
    ['of a broken server', 500, error('broken', null), 'in doubt: upstream answered 500'],
    ['without a video', 200, {}, 'in doubt: answer without a video'],
    ['that is a page', 200, '<html>', 'The worker looks for the video in upstream’s list.'],
  ])('%s', async (_, status, body, told) => {
    expect(await pasted(['create'], body, { status })).toContain(told)
  })

  test('in doubt, where there is no list, ends the task', async () => {
    const output = await pasted(['create'], {}, { SORA_DIALECT: 'xai' })
    expect(output).toContain('There is no list to look for it in: the task is FAILED: submission_unknown.')
  })

  test('may have the id in the place of a new video in its head', async () => {
    const head = 'HTTP/1.1 201 Created\nlocation: https://host.example/v1/videos/video_7\n\n'
    expect(await pasted(['create'], head)).toContain('created with id video_7')
  })
})

describe('the answer to a look at a video', () => {
  const done = { ...running, status: 'completed', progress: 100, video_url: 'https://cdn.example/1.mp4' }
  const failed = { ...running, status: 'failed' }
  test.each<[string, number, unknown, string]>([
    ['under way', 200, running, 'The task is PROCESSING, and polled again.'],
    ['of a word that nobody knows', 200, { ...running, status: 'weaving' }, 'The word "weaving" isn’t known'],
    ['that is done', 200, done, '  clip at: https://cdn.example/1.mp4\nThe task is COMPLETED as soon as'],
    [
      'that failed for a while',
      200,
      { ...failed, error: { code: 'internal_error', message: 'broken' } },
      '  error: internal_error: broken\nThe reason may pass',
    ],
    [
      'that is blocked',
      200,
      { ...failed, error: { code: 'moderation_blocked', message: 'no' } },
      'The reason lasts: the task is FAILED: moderation_blocked.',
    ],
    ['that is gone', 404, error('no such video', null), 'After 3 such answers in a row over 120 s'],
    [
      'that can’t be told',
      502,
      '<html>',
      'no verdict: upstream answered 502\nThe task goes on, and is polled',
    ],
    ['asked for too often', 429, error('slow down', null), 'all polls with this credential become slower'],
  ])('%s', async (_, status, body, told) => {
    expect(await pasted(['retrieve'], body, { status })).toContain(told)
  })

  test('may be empty where the dialect says so', async () => {
    const output = await pasted(['retrieve'], '', { status: 202, SORA_DIALECT: 'xai' })
    expect(output).toContain('status: in_progress')
  })

  test('may have a time that is no date', async () => {
    expect(await pasted(['retrieve'], { ...running, created_at: 1e300 })).toContain('made at: not a date')
  })
})

describe('a list', () => {
  test('is shown video by video', async () => {
    const data = [
      { id: 'video_2', status: 'queued', created_at: 1795820100, remixed_from_video_id: 'video_1' },
      running,
    ]
    const output = await pasted(['list'], { object: 'list', data, has_more: true, last_id: 'video_1' })
    expect(output).toBe(`2 videos
id       status       progress  made at                   prompt  made from
video_2  queued       -         2026-11-27T22:55:00.000Z  -       video_1
video_1  in_progress  41 %      -                         told    -
The next page is asked for after video_1.`)
  })

  test('that is none is told', async () => {
    expect(await pasted(['list'], { status: 'ok' })).toBe('no list: answer without a list')
  })

  test('that the dialect doesn’t have is told to be never asked for', async () => {
    const output = await pasted(['list'], { data: [] }, { SORA_DIALECT: 'xai' })
    expect(output).toContain('Reelay never asks for it')
  })
})

describe('an error', () => {
  test('is told with what it is about, and what it means to a create', async () => {
    const output = await pasted(['error'], { code: 'task_rejected', message: 'prompt too long', data: null })
    expect(output).toBe(`an error with status 400
  code: task_rejected
  type: none
  message: prompt too long
  about: the request

To a create or a derivation it means:
refused as upstream_refused (task_rejected): prompt too long
Nothing was made. The task is FAILED: upstream_refused.`)
  })

  test('may meet a rule of the dialect', async () => {
    const body = error('quota too low', 'insufficient_user_quota')
    const output = await pasted(['error'], body, { status: 403, SORA_DIALECT: 'new-api' })
    expect(output).toContain('by a rule of the dialect: balance')
  })

  test('shows no key', async () => {
    const output = await pasted(['error'], error(`${KEY} and sk-canary-2 and Bearer canary-3`, KEY))
    expect(output).toContain('[key] and [key] and [key]')
    expect(output).not.toContain('canary')
  })
})

function error(message: string, code: string | null) {
  return { error: { message, type: null, param: null, code } }
}

/** What the command prints of a body, or of a text. */
async function pasted(
  operands: string[],
  body: unknown,
  { status, ...variables }: { status?: number; SORA_DIALECT?: string } = {},
): Promise<string> {
  const option = status === undefined ? [] : ['--status', String(status)]
  const { output } = await runCommand(['paste', 'default', ...operands, ...option], {
    environment: { ...environment, ...variables },
    input: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return output.trimEnd()
}

import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import type { UpstreamOptions } from '../src/client.ts'
import type { SubmitOutcome } from '../src/submit/submit-outcome.ts'
import {
  type Answer,
  aClient,
  aDialect,
  allowed,
  anUpstream,
  edits,
  html,
  json,
  KEY,
  type Received,
  reset,
  silence,
} from './upstream.ts'

const created = json(200, { id: 'video_2', status: 'queued' })
const remix = { prompt: 'a paper boat', source: { id: 'video_1' as ExternalTaskId }, model: 'sora-2' }
const withModel = (derivation: object) => ({
  dialect: aDialect({ derive: [{ ...derivation, sends: ['model'] }] }),
})
const remixWithModel = withModel({ verb: 'remix', path: '/videos/{id}/remix', source: 'id-in-path' })

describe('a request', () => {
  test('for a remix names its prompt and nothing more', async () => {
    const request = await sent(remix)
    expect(request).toMatchObject({ method: 'POST', path: '/v1/videos/video_1/remix' })
    expect(request.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'content-length': '25',
      accept: 'application/json',
      'user-agent': 'reelay',
    })
    expect(request.headers).not.toHaveProperty('api-key')
    expect(JSON.parse(request.body)).toEqual({ prompt: 'a paper boat' })
  })

  test.each<[UpstreamOptions['auth'] & string, Record<string, string>]>([
    ['bearer', { authorization: `Bearer ${KEY}` }],
    ['raw', { authorization: KEY }],
    ['api-key', { 'api-key': KEY }],
  ])('carries the key as %s', async (auth, headers) => {
    const { 'api-key': key, authorization } = (await sent(remix, { auth })).headers
    expect({ ...(key && { 'api-key': key }), ...(authorization && { authorization }) }).toEqual(headers)
  })

  test('for a remix names the model where upstream wants it', async () => {
    const { body } = await sent(remix, remixWithModel)
    expect(JSON.parse(body)).toEqual({ prompt: 'a paper boat', model: 'sora-2' })
    const unnamed = await sent({ ...remix, model: null }, remixWithModel)
    expect(JSON.parse(unnamed.body)).toEqual({ prompt: 'a paper boat' })
  })

  test('for an edit names its source in the body', async () => {
    const { path, headers, body } = await sent(remix, { dialect: aDialect(edits) })
    expect(path).toBe('/v1/videos/edits')
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toEqual({ prompt: 'a paper boat', video: { id: 'video_1' } })
  })

  test('for an edit may name the model, too', async () => {
    const { body } = await sent(remix, withModel(edits.derive[0] ?? {}))
    expect(JSON.parse(body)).toMatchObject({ model: 'sora-2' })
  })

  test('for a first video is a form with what was asked for', async () => {
    const prompt = '雨中的纸船 🚤\r\n"two" lines'
    const request = await sent({ prompt, model: 'sora-2', size: '1280x720', seconds: '8' })
    expect(request).toMatchObject({ method: 'POST', path: '/v1/videos' })
    expect(await formOf(request)).toEqual({
      prompt: prompt,
      model: 'sora-2',
      size: '1280x720',
      seconds: '8',
    })
  })

  test('for a first video leaves out what was not', async () => {
    const request = await sent({ prompt: 'a paper boat', model: null, size: null, seconds: null })
    expect(await formOf(request)).toEqual({ prompt: 'a paper boat' })
  })

  test('for a remix escapes the name of its source', async () => {
    const { path } = await sent({ ...remix, source: { id: 'a b/c?d' as ExternalTaskId } })
    expect(path).toBe('/v1/videos/a%20b%2Fc%3Fd/remix')
  })

  test('keeps every character of a long prompt', async () => {
    const prompt = '船🚤"\\\n'.repeat(5000)
    const { body } = await sent({ ...remix, prompt })
    expect(JSON.parse(body)).toEqual({ prompt })
  })
})

describe('a source whose name would leave the path', () => {
  test.each(['.', '..'])('as %j is never sent', async (sourceId) => {
    const upstream = await anUpstream(created)
    let recorded = 0
    const record = async () => {
      recorded += 1
      return true
    }
    const request = { ...remix, source: { id: sourceId as ExternalTaskId } }
    const outcome = await aClient(upstream.url).submit(request, { ...allowed, record })
    expect(outcome).toMatchObject({ kind: 'not_sent', recorded: false })
    expect([recorded, upstream.connections.length]).toEqual([0, 0])
  })
})

describe('a video was made when upstream answers', () => {
  test.each<[string, Answer]>([
    ['200', created],
    ['201', json(201, { id: 'video_2', status: 'queued' })],
    ['202 and more than we know', json(202, { id: 'video_2', status: 'SUBMITTED', task_id: 't', data: [] })],
    ['with a wrong content type', (response) => response.end('{"id": "video_2", "status": "queued"}')],
    ['200 and nothing but an id', json(200, { id: 'video_2', object: 'video', status: null })],
  ])('%s', async (_, answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'created', video: { id: 'video_2' } })
  })
})

describe('a request is refused when upstream answers', () => {
  const invalid = {
    error: { message: 'Invalid size.', type: 'invalid_request_error', code: 'invalid_value' },
  }
  const blocked = { error: { message: 'Blocked.', code: 'moderation_blocked' } }
  const quota = { error: { message: 'You exceeded your quota.', code: 'insufficient_quota' } }

  test.each<[string, Answer, Partial<SubmitOutcome>]>([
    ['400', json(400, invalid), refused('upstream_refused', 'invalid_value', 'Invalid size.')],
    [
      '400 for moderation',
      json(400, blocked),
      refused('moderation_blocked', 'moderation_blocked', 'Blocked.'),
    ],
    [
      '400 for a sentinel',
      json(400, { error: { code: 'sentinel_block', message: 'no' } }),
      refused('moderation_blocked', 'sentinel_block', 'no'),
    ],
    ['404', json(404, { detail: 'Not Found' }), refused('upstream_refused', undefined, 'Not Found')],
    ['409', json(409, { code: 'busy', message: 'b' }), refused('upstream_refused', 'busy', 'b')],
    ['413', html(413), refused('upstream_refused', undefined, 'upstream answered 413')],
    [
      '422',
      json(422, { detail: [{ loc: ['body', 'size'] }] }),
      refused('upstream_refused', undefined, 'upstream answered 422'),
    ],
    [
      '429 for the quota',
      json(429, quota),
      refused('insufficient_quota', 'insufficient_quota', 'You exceeded your quota.'),
    ],
  ])('%s', async (_, answer, outcome) => {
    expect(await outcomeOf(answer)).toEqual(outcome)
  })

  test('with our key in its text, without showing it', async () => {
    const error = { code: `bad\u0000${KEY}`, message: `${KEY} is\u0000wrong ${'x'.repeat(600)}` }
    const outcome = await outcomeOf(json(400, { error }))
    if (outcome.kind !== 'refused') throw new Error(outcome.kind)
    expect(outcome.upstreamCode).toBe('bad [key]')
    expect(outcome.message).toMatch(/^\[key\] is wrong x+$/)
    expect(outcome.message).toHaveLength(500)
  })
})

describe('upstream takes nothing now when it answers', () => {
  const limit = { error: { message: 'Rate limit reached.', code: 'rate_limit_exceeded' } }
  test.each<[string, Answer, string, number | undefined]>([
    ['429', json(429, limit), 'rate_limited', undefined],
    ['429 with Retry-After', json(429, limit, { 'retry-after': '7' }), 'rate_limited', 7000],
    [
      '429 with retry-after-ms',
      json(429, limit, { 'retry-after-ms': '1500', 'retry-after': '7' }),
      'rate_limited',
      1500,
    ],
    ['429 and a page', html(429), 'rate_limited', undefined],
    [
      '429 without a code',
      json(429, { error: { message: 'Too many', code: null } }),
      'rate_limited',
      undefined,
    ],
    ['401', json(401, { error: { code: 'invalid_api_key' } }), 'key_rejected', undefined],
    ['402', json(402, { error: { code: 'insufficient_quota' } }), 'balance_empty', undefined],
  ])('%s', async (_, answer, reason, retryAfterMs) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'not_now', reason, retryAfterMs })
  })
})

describe('a redirect is never followed, and nothing was made', () => {
  test.each([300, 301, 302, 304, 305, 307, 308, 399])('%i', async (status) => {
    const elsewhere = await anUpstream(created)
    const location = `${elsewhere.url}/videos?key=secret`
    const outcome = await outcomeOf((response) => response.writeHead(status, { location }).end())
    const hint = `${status} to ${new URL(elsewhere.url).origin}`
    expect(outcome).toEqual({ kind: 'not_now', reason: 'misconfigured', hint })
    expect(elsewhere.connections).toHaveLength(0)
  })

  test.each([
    ['another path', { location: '/v2/videos' }],
    ['nowhere', {}],
  ])('to %s', async (where, headers) => {
    const outcome = await outcomeOf((response) => response.writeHead(307, headers).end())
    expect(outcome).toMatchObject({ reason: 'misconfigured', hint: `307 to ${where}` })
  })

  test('but for a 303 to a video, which may be how a POST ends that made it', async () => {
    const outcome = await outcomeOf((response) =>
      response.writeHead(303, { location: '/v2/videos/v9' }).end(),
    )
    expect(outcome).toEqual({ kind: 'in_doubt', reason: 'upstream answered 303 to another path' })
  })
})

describe('a submission is in doubt when upstream answers', () => {
  const video = { id: 'video_2', status: 'queued' }
  test.each<[string, Answer]>([
    ['408', json(408, { error: { message: 'Request timeout' } })],
    ['500', json(500, { error: { message: 'Internal error' } })],
    ['500 and a video', json(500, video)],
    ['502 and a page', html(502)],
    ['503 with Retry-After', json(503, {}, { 'retry-after': '1' })],
    ['504', html(504)],
    ['200 and a page', html(200)],
    ['200 and nothing', (response) => response.end()],
    ['200 without an id', json(200, { status: 'queued' })],
    ['200 with an empty id', json(200, { ...video, id: '' })],
    ['200 with an id that cannot be stored', json(200, { ...video, id: 'v\u0000' })],
    ['200 and half of an id', (response) => response.end('{"status": "queued", "id": "video')],
    ['200 and hangs up in the middle', hangUpInTheMiddle],
    ['200 and more than 1 MiB without an id', json(200, { extra: Array(200_000).fill('x'.repeat(5)) })],
    ['by hanging up', reset],
  ])('%s', async (name, answer) => {
    const outcome = await outcomeOf(answer)
    expect(outcome).toMatchObject({ kind: 'in_doubt', reason: expect.any(String) })
    expect('serverError' in outcome).toBe(/^5/.test(name))
  })

  test('200 and a body without end, of which little is read', async () => {
    const pour: Answer = (response) => {
      const more = () => {
        while (response.write(Buffer.alloc(64 * 1024, ' ')));
      }
      response.on('drain', more)
      more()
    }
    expect(await outcomeOf(pour, { submitTimeoutMs: 3_600_000 })).toMatchObject({ kind: 'in_doubt' })
  })

  test.each<[string, Answer]>([
    ['never', silence],
    ['its headers only', (response) => response.writeHead(200, { 'content-length': '40' }).flushHeaders()],
  ])('%s', async (_, answer) => {
    const outcome = await outcomeOf(answer, { submitTimeoutMs: 1500 })
    expect(outcome).toEqual({
      kind: 'in_doubt',
      reason: expect.stringContaining('no answer in time'),
      serverError: true,
    })
  })
})

test('an answer that takes a while is waited for', async () => {
  const late: Answer = (response, request) => void setTimeout(() => created(response, request), 300).unref()
  expect(await outcomeOf(late)).toMatchObject({ kind: 'created' })
})

function refused(errorCode: string, upstreamCode: string | undefined, message: string) {
  return { kind: 'refused', errorCode, upstreamCode, message } as Partial<SubmitOutcome>
}

const hangUpInTheMiddle: Answer = (response) => {
  response.writeHead(200, { 'content-length': '40' }).write('{"id": "video_2"', () => {
    response.socket?.destroy()
  })
}

/** What the client makes of an answer; whatever it is, one request was made over one connection. */
async function outcomeOf(answer: Answer, options?: Partial<UpstreamOptions>): Promise<SubmitOutcome> {
  const upstream = await anUpstream(answer)
  const client = aClient(upstream.url, { pollTimeoutMs: 500, ...options })
  const outcome = await client.submit(remix, allowed)
  // What had been sent a second time would have arrived before this.
  await client.probe().catch(() => {})
  const posts = upstream.requests.filter(({ method }) => method === 'POST')
  expect(posts).toHaveLength(1)
  return outcome
}

async function sent(
  request: Parameters<ReturnType<typeof aClient>['submit']>[0],
  options?: Partial<UpstreamOptions>,
): Promise<Received> {
  const upstream = await anUpstream(created)
  expect(await aClient(upstream.url, options).submit(request, allowed)).toMatchObject({ kind: 'created' })
  expect(upstream.requests).toHaveLength(1)
  return upstream.requests[0] as Received
}

async function formOf({ headers, body }: Received): Promise<Record<string, unknown>> {
  const type = headers['content-type'] ?? ''
  return Object.fromEntries(await new Response(body, { headers: { 'content-type': type } }).formData())
}

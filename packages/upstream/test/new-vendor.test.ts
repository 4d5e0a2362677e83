import type { ServerResponse } from 'node:http'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { categoryOf } from '../src/errors/category.ts'
import { unsupportedBy } from '../src/supports.ts'
import { type Answer, aClient, aDialect, allowed, anUpstream, json, KEY } from './upstream.ts'

/** A vendor that nobody has heard of, with paths, names, words and errors of its own: this is all that is said of it. */
const loomwork = {
  name: 'loomwork',
  ...{ auth: 'header', authHeader: 'X-Loom-Key', headers: { 'X-Loom-Version': '2026-01' } },
  create: { path: '/weave', encoding: 'json' },
  fields: {
    prompt: { name: 'pattern.text' },
    model: { name: 'pattern.loom', send: 'always' },
    seconds: { name: 'pattern.length', type: 'int', min: 2, max: 20 },
    size: { as: 'never' },
  },
  id: { path: 'ticket.ref', inPoll: 'absent' },
  derive: [
    { verb: 'edit', path: '/weave/again', source: 'id-in-body', field: 'from[0].ref', sends: ['model'] },
  ],
  retrieve: { path: '/tickets/{id}/state', pendingOn: [404] },
  status: {
    path: 'ticket.phase',
    words: { 'ON-THE-LOOM': 'in_progress', cut: 'completed', torn: 'failed', ready: 'queued' },
  },
  blocked: [{ path: 'ticket.flags[0]', begins: 'TASTE.' }],
  progress: { path: 'ticket.done', scale: 'fraction' },
  created: 'ticket.at',
  echo: {
    prompt: 'ticket.pattern.text',
    source: null,
    model: null,
    size: null,
    seconds: 'ticket.cloth.length',
  },
  error: {
    message: 'trouble',
    rules: [
      { status: 418, means: 'busy' },
      { text: 'thread has run out', means: 'balance' },
      { code: 'E77', means: 'request' },
      { text: 'may be woven', means: 'in-doubt' },
    ],
    code: 'fault',
  },
  missing: { statuses: [410], codes: [], count: 5, spanMs: 1000 },
  result: { route: null, urls: 'ticket.cloth.links[1]', key: 'never' },
  list: {
    ...{ path: '/tickets', query: { newest: 'yes' }, pageSize: 2, after: 'older_than', end: 'short-page' },
    tells: ['prompt', 'time'],
  },
}
const dialect = aDialect(loomwork)
const ref = 'T/7' as ExternalTaskId
const pattern = { prompt: 'a heron', model: 'jacquard', seconds: '8' }

test('a first video and one from an earlier one are asked for in its own words', async () => {
  const upstream = await anUpstream(json(200, { ticket: { ref } }))
  const client = aClient(upstream.url, { dialect })
  expect(await client.submit(pattern, allowed)).toMatchObject({ kind: 'created', video: { id: ref } })
  const again = { ...pattern, source: { id: 'T/6' as ExternalTaskId } }
  expect(await client.submit(again, allowed)).toMatchObject({ kind: 'created', video: { id: ref } })
  const [first, second] = upstream.requests
  expect(first).toMatchObject({ method: 'POST', path: '/v1/weave' })
  expect(first?.headers).toMatchObject({ 'x-loom-key': KEY, 'x-loom-version': '2026-01' })
  expect(JSON.parse(first?.body ?? '')).toEqual({
    pattern: { text: 'a heron', loom: 'jacquard', length: 8 },
  })
  expect(second).toMatchObject({ method: 'POST', path: '/v1/weave/again' })
  expect(JSON.parse(second?.body ?? '')).toEqual({
    pattern: { text: 'a heron', loom: 'jacquard' },
    from: [{ ref: 'T/6' }],
  })
})

test('what it has no words for is refused', () => {
  expect(unsupportedBy(dialect, { ...pattern, size: '1280x720' })?.field).toBe('size')
  expect(unsupportedBy(dialect, { ...pattern, seconds: '21' })?.field).toBe('seconds')
  expect(unsupportedBy(dialect, { ...pattern, model: null })?.field).toBe('model')
})

test.each<[string, Answer, object]>([
  ['an id elsewhere', json(200, { id: 'x', data: { task_id: 'y' } }), { kind: 'in_doubt' }],
  ['the id of its source', json(200, { ticket: { ref: 'T/6' } }), { kind: 'in_doubt' }],
  ['too much', json(418, { trouble: 'all looms are in use' }), { kind: 'not_now', reason: 'rate_limited' }],
  [
    'no means',
    json(403, { trouble: 'Your thread has run out' }),
    { kind: 'not_now', reason: 'balance_empty' },
  ],
  [
    'a code of its own under a success',
    json(200, { fault: 'E77', trouble: 'no such loom' }),
    { kind: 'refused', errorCode: 'upstream_refused', upstreamCode: 'E77', message: 'no such loom' },
  ],
  ['doubt', json(400, { trouble: 'The pattern may be woven' }), { kind: 'in_doubt' }],
  ['a code of its own, but beside an id', json(200, { fault: 'E77', ticket: { ref } }), { kind: 'created' }],
])('a submission that is answered with %s', async (_, answer, outcome) => {
  const upstream = await anUpstream(answer)
  const request = { ...pattern, source: { id: 'T/6' as ExternalTaskId } }
  expect(await aClient(upstream.url, { dialect }).submit(request, allowed)).toMatchObject(outcome)
})

test.each<[string, Answer, object]>([
  [
    'nothing yet',
    json(404, { trouble: 'not hung up yet' }),
    { kind: 'video', video: { status: 'in_progress' } },
  ],
  ['gone', json(410, {}), { kind: 'missing' }],
  [
    'its word for rendering',
    json(200, { ticket: { phase: 'on the loom', done: 0.29, at: 1_795_900_000 } }),
    { kind: 'video', video: { id: ref, status: 'in_progress', progress: 29, createdAt: 1_795_900_000 } },
  ],
  [
    'a usual word that means something else here',
    json(200, { ticket: { phase: 'READY', done: 0 } }),
    { kind: 'video', video: { status: 'queued' } },
  ],
  [
    'a link beside the right one',
    json(200, {
      video_url: 'https://ads.example/a.mp4',
      ticket: {
        phase: 'cut',
        cloth: { length: 8, links: ['https://c.example/p', 'https://c.example/7.mp4'] },
      },
    }),
    { kind: 'video', video: { status: 'completed', seconds: '8', urls: ['https://c.example/7.mp4'] } },
  ],
  [
    'a failure with an error’s status',
    json(500, { ticket: { ref, phase: 'torn' }, trouble: 'the shuttle broke' }),
    { kind: 'video', video: { status: 'failed', error: { message: 'the shuttle broke' } } },
  ],
])('a look that is answered with %s', async (_, answer, look) => {
  const upstream = await anUpstream(answer)
  expect(await aClient(upstream.url, { dialect }).retrieve(ref)).toMatchObject(look)
  expect(upstream.requests[0]?.path).toBe('/v1/tickets/T%2F7/state')
})

test('a video that is kept back has failed for what it shows', async () => {
  const body = {
    ticket: { phase: 'cut', flags: ['TASTE.LOUD'], cloth: { links: ['', 'https://c.example/7'] } },
  }
  const upstream = await anUpstream(json(200, body))
  const look = await aClient(upstream.url, { dialect }).retrieve(ref)
  if (look.kind !== 'video') throw new Error(look.kind)
  expect(look.video.status).toBe('failed')
  expect(categoryOf(look.video.error ?? {})).toBe('moderation')
})

test('what a rule says of an error holds for a failed video, too', async () => {
  const upstream = await anUpstream(json(200, { ticket: { phase: 'torn' }, fault: 'E77' }))
  const look = await aClient(upstream.url, { dialect }).retrieve(ref)
  if (look.kind !== 'video') throw new Error(look.kind)
  expect(categoryOf(look.video.error ?? {})).toBe('request')
})

test('its list is read to its short page', async () => {
  const tickets = ['T/9', 'T/8', 'T/7'].map((each) => ({
    ticket: { ref: each, pattern: { text: 'a heron' } },
  }))
  const upstream = await anUpstream((response, request) => {
    json(200, { items: request.url?.includes('older_than') ? tickets.slice(2) : tickets.slice(0, 2) })(
      response,
      request,
    )
  })
  const client = aClient(upstream.url, { dialect })
  expect(await client.list()).toMatchObject({
    videos: [{ id: 'T/9', prompt: 'a heron' }, { id: 'T/8' }],
    next: 'T/8',
  })
  expect(await client.list('T/8' as ExternalTaskId)).toMatchObject({
    videos: [{ id: 'T/7' }],
    next: undefined,
  })
  expect(upstream.requests.map(({ path }) => path)).toEqual([
    '/v1/tickets?newest=yes',
    '/v1/tickets?newest=yes&older_than=T%2F8',
  ])
})

test('its clip is fetched from where its answer says, without our key', async () => {
  const clip = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0', 'latin1')
  const upstream = await anUpstream((response: ServerResponse, request) => {
    if (request.url === '/shelf/7') return response.writeHead(200, { 'content-type': 'video/mp4' }).end(clip)
    return json(200, { ticket: { phase: 'cut', cloth: { links: ['', '/shelf/7'] } } })(response, request)
  })
  const client = aClient(upstream.url, { dialect })
  const content = await client.openContent(ref, { signal: new AbortController().signal })
  if (content.kind !== 'bytes') throw new Error(content.kind)
  expect(await content.body.toArray()).toEqual([clip])
  const keyed = upstream.requests.map(({ path, headers }) => [path, 'x-loom-key' in headers])
  expect(keyed).toEqual([
    ['/v1/tickets/T%2F7/state', true],
    ['/shelf/7', false],
  ])
})

test('the worker is told what it must know', async () => {
  expect(aClient('http://upstream.invalid/v1', { dialect }).reads).toEqual({
    missing: { count: 5, spanMs: 1000 },
    pollFloorMs: 0,
    list: { tells: { prompt: true, source: false, time: true }, idsVary: false, complete: true },
  })
})

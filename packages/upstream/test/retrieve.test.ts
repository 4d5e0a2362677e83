import type { ServerResponse } from 'node:http'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Answer, aClient, anUpstream, html, id, json, KEY, nobody, reset, silence } from './upstream.ts'

const video = { id, status: 'in_progress', progress: 40 }

test('a look asks once, by GET, with the key', async () => {
  const upstream = await anUpstream(json(200, video))
  const look = await aClient(upstream.url).retrieve(id)
  expect(look).toMatchObject({ kind: 'video', video: { id, status: 'in_progress', progress: 40 } })
  expect(upstream.requests).toMatchObject([
    {
      method: 'GET',
      path: '/v1/videos/video_1',
      headers: { authorization: `Bearer ${KEY}`, accept: 'application/json', 'user-agent': 'reelay' },
      body: '',
    },
  ])
})

test('looks share their connections', async () => {
  const upstream = await anUpstream(json(200, video))
  const client = aClient(upstream.url)
  for (let look = 0; look < 10; look++) await client.retrieve(id)
  expect(upstream.connections.length).toBeLessThan(4)
})

test.each([
  ['a b/c?d', '/v1/videos/a%20b%2Fc%3Fd'],
  ['sora:7#x', '/v1/videos/sora%3A7%23x'],
  ['../files', '/v1/videos/..%2Ffiles'],
  ['%2e%2e', '/v1/videos/%252e%252e'],
  ['任务', '/v1/videos/%E4%BB%BB%E5%8A%A1'],
  ['...', '/v1/videos/...'],
])('the name %j is asked for as %s', async (name, path) => {
  const upstream = await anUpstream(json(200, { ...video, id: name }))
  expect(await aClient(upstream.url).retrieve(name as ExternalTaskId)).toMatchObject({ kind: 'video' })
  expect(upstream.requests.map((request) => request.path)).toEqual([path])
})

test.each(['.', '..'])('the name %j is never asked for', async (name) => {
  const upstream = await anUpstream(json(200, video))
  expect(await aClient(upstream.url).retrieve(name as ExternalTaskId)).toMatchObject({ kind: 'trouble' })
  expect(upstream.requests).toEqual([])
})

test.each(['/', ''])('a base URL that ends in %j keeps its prefix', async (end) => {
  const upstream = await anUpstream(json(200, video))
  await aClient(`${upstream.url.replace('/v1', '/sora/v1')}${end}`).retrieve(id)
  expect(upstream.requests[0]?.path).toBe('/sora/v1/videos/video_1')
})

describe('a video that failed', () => {
  test('says why, without our key', async () => {
    const error = { code: `bad\u0000${KEY}`, message: `${KEY} is not allowed\n${'x'.repeat(600)}` }
    const upstream = await anUpstream(json(200, { id, status: 'failed', error }))
    const look = await aClient(upstream.url).retrieve(id)
    if (look.kind !== 'video') throw new Error(look.kind)
    expect(look.video.error?.code).toBe('bad [key]')
    expect(look.video.error?.message).toHaveLength(500)
    expect(look.video.error?.message).toMatch(/^\[key\] is not allowed x+$/)
  })
})

describe('a video is missing when upstream answers', () => {
  test.each<[string, Answer]>([
    ['404', json(404, { error: { message: `Video with id '${id}' not found.` } })],
    ['410', json(410, {})],
    ['404 and a page', html(404)],
    ['200 and a status of not found', json(200, { id, status: 'Task not found' })],
    ['200 and a state of not_found', json(200, { data: { id, state: 'not_found' } })],
    ['400 task_not_exist', json(400, { code: 'task_not_exist', message: 'no such task', data: null })],
  ])('%s', async (_, answer) => {
    const upstream = await anUpstream(answer)
    expect(await aClient(upstream.url).retrieve(id)).toEqual({ kind: 'missing' })
  })
})

describe('it is trouble, and no verdict, when upstream answers', () => {
  test.each<[string, Answer]>([
    ['400', json(400, { error: { message: 'bad request' } })],
    ['401', json(401, { error: { message: 'wrong key' } })],
    ['429', json(429, { error: { message: 'slow down' } })],
    ['500', json(500, {})],
    ['503', html(503)],
    ['200 and a page', html(200)],
    ['200 and half of its JSON', (response) => response.end('{"id": "video_1", "sta')],
    ['302', (response) => response.writeHead(302, { location: '/v1/videos/video_2' }).end()],
    ['by hanging up', reset],
    ['more than 400 KB of short words', json(200, { ...video, extra: Array(80_000).fill('word') })],
    ['less than it announced', (response) => response.writeHead(200, { 'content-length': 3 }).end()],
  ])('%s', async (_, answer) => {
    const upstream = await anUpstream(answer)
    expect(await aClient(upstream.url).retrieve(id)).toMatchObject({
      kind: 'trouble',
    })
    expect(upstream.requests).toHaveLength(1)
  })
})

test('a video with the longest prompt, each character escaped, is read', async () => {
  const body = JSON.stringify({ ...video, prompt: '' }).replace('""', `"${'\\u4efb'.repeat(32_000)}"`)
  const upstream = await anUpstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  )
  expect(await aClient(upstream.url).retrieve(id)).toMatchObject({
    kind: 'video',
    video: { prompt: '任'.repeat(32_000) },
  })
})

test('a look that is not answered ends in time', async () => {
  const upstream = await anUpstream(silence)
  const look = await aClient(upstream.url, { pollTimeoutMs: 1500 }).retrieve(id)
  expect(look).toMatchObject({ kind: 'trouble' })
  expect(upstream.requests.length).toBeLessThanOrEqual(1)
})

test('a look that is answered byte by byte ends in time', async () => {
  const upstream = await anUpstream(drip)
  const look = await aClient(upstream.url, { pollTimeoutMs: 400 }).retrieve(id)
  expect(look).toMatchObject({ kind: 'trouble' })
})

test('a look at nobody is trouble', async () => {
  const look = await aClient(await nobody()).retrieve(id)
  expect(look).toEqual({ kind: 'trouble', reason: expect.stringContaining('ECONNREFUSED') })
})

test('trouble is told without our key', async () => {
  const upstream = await anUpstream((response) => response.writeHead(500, KEY).end(KEY))
  expect(JSON.stringify(await aClient(upstream.url).retrieve(id))).not.toContain(KEY)
})

describe('the next look', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['openai-poll-after-ms', { 'openai-poll-after-ms': '2500' }, 2500],
    ['Retry-After', { 'retry-after': '3' }, 3000],
    ['the first of both', { 'openai-poll-after-ms': '2500', 'retry-after': '3' }, 2500],
    ['neither when it makes no sense', { 'openai-poll-after-ms': 'Infinity' }, undefined],
    ['neither when there is none', {}, undefined],
  ])('waits as %s says', async (_, headers, pollAfterMs) => {
    const upstream = await anUpstream(json(200, video, headers))
    const look = await aClient(upstream.url).retrieve(id)
    expect(look).toMatchObject({ kind: 'video' })
    expect(look).toHaveProperty('pollAfterMs', pollAfterMs)
  })

  test.each([429, 503])('after a %i waits as Retry-After says', async (status) => {
    const upstream = await anUpstream(json(status, {}, { 'retry-after': '9' }))
    expect(await aClient(upstream.url).retrieve(id)).toMatchObject({ kind: 'trouble', retryAfterMs: 9000 })
  })
})

describe('a probe', () => {
  test.each([200, 401, 404, 500])('is content with a %i', async (status) => {
    const upstream = await anUpstream(json(status, {}))
    await aClient(upstream.url).probe()
    expect(upstream.requests).toMatchObject([{ method: 'GET' }])
  })

  test('of nobody is an error', async () => {
    await expect(aClient(await nobody()).probe()).rejects.toThrow('ECONNREFUSED')
  })
})

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 100)
  onTestFinished(() => clearInterval(timer))
}

test('an answer that says that it is too long is not waited for', async () => {
  const upstream = await anUpstream((response) => {
    response.writeHead(200, { 'content-length': 1024 ** 3 }).write('{"object":"video","id":"')
  })
  const look = await aClient(upstream.url, { pollTimeoutMs: 3_600_000 }).retrieve(id)
  expect(look).toMatchObject({ kind: 'trouble', reason: 'answer too long' })
})

test('a prompt of the greatest length is read, every character of it escaped', async () => {
  const prompt = '\\u4e2d'.repeat(32_000)
  const upstream = await anUpstream((response) => {
    response.end(`{"object":"video","id":"${id}","status":"in_progress","progress":40,"prompt":"${prompt}"}`)
  })
  const look = await aClient(upstream.url).retrieve(id)
  expect(look).toMatchObject({ kind: 'video', video: { id, prompt: '中'.repeat(32_000) } })
})

test('answers without end are read on a few at a time', async () => {
  const chunk = 'x'.repeat(64 * 1024)
  const long = new Set<ServerResponse>()
  let most = 0
  const upstream = await anUpstream((response) => {
    let taken = 0
    const write = () => {
      let hasRoom = true
      while (hasRoom && !response.destroyed) {
        hasRoom = response.write(chunk)
        taken += chunk.length
      }
      if (taken > 16 * 1024 * 1024 && !response.destroyed) long.add(response)
      most = Math.max(most, long.size)
    }
    response.on('close', () => long.delete(response))
    response.on('drain', write).write('{"id":"')
    write()
  })
  const client = aClient(upstream.url)
  const ids = Array.from({ length: 4 }, (_, n) => `video_${n}` as ExternalTaskId)
  const looks = await Promise.all(ids.map((each) => client.retrieve(each)))
  expect(looks).toMatchObject(ids.map(() => ({ kind: 'trouble', reason: 'answer too long' })))
  // One that was let go of is heard of a little later.
  expect(most).toBeLessThanOrEqual(3)
})

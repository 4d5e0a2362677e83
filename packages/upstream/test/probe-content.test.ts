import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { type Answer, aClient, anUpstream, html, id, json, KEY, nobody, reset, silence } from './upstream.ts'

test('a completed video is asked for its first bytes', async () => {
  const upstream = await anUpstream((response) =>
    response.writeHead(206, { 'content-type': 'video/mp4', 'content-range': 'bytes 0-0/10' }).end('\0'),
  )
  expect(await aClient(upstream.url).probeContent(id)).toEqual({ kind: 'there' })
  expect(upstream.requests).toMatchObject([
    {
      method: 'GET',
      path: '/v1/videos/video_1/content',
      headers: { range: 'bytes=0-1023', authorization: `Bearer ${KEY}` },
    },
  ])
})

describe('there is something to play when upstream answers', () => {
  test.each<[string, Answer]>([
    ['200', (response) => response.end('\x00123456789')],
    ['200 and first bytes', (response) => response.write('\x00123')],
    ['206', (response) => response.writeHead(206, { 'content-range': 'bytes 0-0/10' }).end('\0')],
    ['302', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/v.mp4' }).end()],
  ])('%s', async (_, answer) => {
    const upstream = await anUpstream(answer)
    expect(await aClient(upstream.url).probeContent(id)).toEqual({ kind: 'there' })
    expect(upstream.requests).toHaveLength(1)
  })
})

test.each([400, 401, 403, 404, 405, 409, 410, 416, 422, 451, 501])(
  'there is nothing to play after a %i',
  async (status) => {
    const upstream = await anUpstream(json(status, { error: { message: 'no content' } }))
    expect(await aClient(upstream.url).probeContent(id)).toEqual({ kind: 'missing' })
  },
)

describe('it is trouble, and no verdict, when upstream answers', () => {
  test.each<[string, Answer, number?]>([
    ['402', json(402, {})],
    ['408', json(408, {})],
    ['500', json(500, {})],
    ['502 and a page', html(502)],
    ['503', html(503)],
    ['504', html(504)],
    ['by hanging up twice', reset, 2],
  ])('%s', async (_, answer, requests = 1) => {
    const upstream = await anUpstream(answer)
    const probed = await aClient(upstream.url).probeContent(id)
    expect(probed).toMatchObject({ kind: 'trouble', reason: expect.any(String) })
    expect(probed).not.toMatchObject({ limited: true })
    expect(upstream.requests).toHaveLength(requests)
  })

  test('429, and then it is a limit with its wait', async () => {
    const upstream = await anUpstream(json(429, {}, { 'retry-after': '9' }))
    expect(await aClient(upstream.url).probeContent(id)).toMatchObject({
      kind: 'trouble',
      limited: true,
      retryAfterMs: 9000,
    })
  })

  test('never', async () => {
    const upstream = await anUpstream(silence)
    expect(await aClient(upstream.url, { pollTimeoutMs: 200 }).probeContent(id)).toMatchObject({
      kind: 'trouble',
    })
  })
})

test('a probe of nobody is trouble without our key', async () => {
  const probed = await aClient(await nobody()).probeContent(id)
  expect(probed).toEqual({ kind: 'trouble', reason: expect.stringContaining('ECONNREFUSED') })
})

test.each(['.', '..'])('a probe never asks for the name %j', async (name) => {
  const upstream = await anUpstream(json(200, {}))
  expect(await aClient(upstream.url).probeContent(name as ExternalTaskId)).toMatchObject({ kind: 'trouble' })
  expect(upstream.requests).toEqual([])
})

describe('a probe that is answered with a whole video', () => {
  const whole = 256 * 1024 * 1024

  test('reads little of it and hangs up', async () => {
    const upstream = await anUpstream((response) => {
      response.writeHead(200, { 'content-length': whole })
      const pour = () => {
        while (response.write(Buffer.alloc(64 * 1024)));
      }
      response.on('drain', pour)
      pour()
    })
    expect(await aClient(upstream.url).probeContent(id)).toEqual({ kind: 'there' })
    await expect.poll(() => upstream.connections.every((socket) => socket.destroyed)).toBe(true)
    const written = upstream.connections.reduce((sum, socket) => sum + socket.bytesWritten, 0)
    expect(written).toBeLessThan(whole / 8)
  })

  test('leaves no connection behind after many of them', async () => {
    const upstream = await anUpstream((response) => {
      response.writeHead(200, { 'content-length': whole }).write(Buffer.alloc(1024))
    })
    const client = aClient(upstream.url)
    const probes = await Promise.all(Array.from({ length: 20 }, () => client.probeContent(id)))
    expect(new Set(probes.map(({ kind }) => kind))).toEqual(new Set(['there']))
    await expect.poll(() => upstream.connections.every((socket) => socket.destroyed)).toBe(true)
  })
})

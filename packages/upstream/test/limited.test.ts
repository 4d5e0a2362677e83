import { describe, expect, test } from 'vitest'
import type { UpstreamClient } from '../src/client.ts'
import { type Answer, aClient, anUpstream, html, id, json, reset, silence } from './upstream.ts'

const reads: [string, (client: UpstreamClient) => Promise<unknown>][] = [
  ['look', (client) => client.retrieve(id)],
  ['list', (client) => client.list()],
  ['probe of the content', (client) => client.probeContent(id)],
]

describe.each(reads)('a %s', (_, read) => {
  test.each<[string, Answer]>([
    ['JSON', json(429, { error: { code: 'rate_limit_exceeded' } })],
    ['a page', html(429)],
  ])('that is answered 429 with %s is one too many', async (_, answer) => {
    const upstream = await anUpstream(answer)
    expect(await read(aClient(upstream.url))).toMatchObject({
      kind: 'trouble',
      limited: true,
      reason: 'upstream answered 429',
    })
    expect(upstream.requests).toHaveLength(1)
  })

  test.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after-ms': '250', 'retry-after': '3' }, 250],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][])(
    'that is limited with %j waits %s ms',
    async (headers, retryAfterMs) => {
      const upstream = await anUpstream(json(429, {}, headers))
      const answer = await read(aClient(upstream.url))
      expect(answer).toMatchObject({ limited: true })
      expect(answer).toHaveProperty('retryAfterMs', retryAfterMs)
    },
  )

  test.each<[string, Answer]>([
    ['402', json(402, {})],
    ['500', json(500, {})],
    ['503 and a wait', json(503, {}, { 'retry-after': '3' })],
    ['by hanging up', reset],
    ['never', silence],
  ])('that is answered %s met no limit', async (_, answer) => {
    const upstream = await anUpstream(answer)
    const trouble = await read(aClient(upstream.url, { pollTimeoutMs: 300 }))
    expect(trouble).toMatchObject({ kind: 'trouble' })
    expect(trouble).not.toMatchObject({ limited: true })
  })
})

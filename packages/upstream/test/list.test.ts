import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { builtInNames } from '../src/dialect/built-in.ts'
import type { Dialect } from '../src/dialect/dialect.ts'
import {
  type Answer,
  aClient,
  aDialect,
  anUpstream,
  builtInDialect,
  html,
  json,
  nobody,
  reset,
  silence,
} from './upstream.ts'

const video = { id: 'video_1', status: 'queued', created_at: 1762500000, prompt: 'a boat' }
const page = { object: 'list', data: [video], first_id: 'video_1', last_id: 'video_1', has_more: true }

test('a page is asked for newest first, as long as may be', async () => {
  const upstream = await anUpstream(json(200, page, { date: 'Fri, 07 Nov 2025 07:20:00 GMT' }))
  expect(await aClient(upstream.url).list()).toMatchObject({
    kind: 'page',
    videos: [{ id: 'video_1', createdAt: 1762500000, prompt: 'a boat' }],
    next: 'video_1',
    date: Date.parse('2025-11-07T07:20:00Z'),
  })
  expect(upstream.requests).toMatchObject([{ method: 'GET', path: '/v1/videos?limit=100&order=desc' }])
})

test('the next page is asked for by an escaped cursor', async () => {
  const upstream = await anUpstream(json(200, page))
  await aClient(upstream.url).list('a b&limit=1' as ExternalTaskId)
  expect(upstream.requests[0]?.path).toBe('/v1/videos?limit=100&order=desc&after=a%20b%26limit%3D1')
})

test.each<[string, object, string | undefined]>([
  ['there is no more', { ...page, has_more: false }, undefined],
  ['the page is empty', { ...page, data: [], last_id: null }, undefined],
  ['has_more is not said', { data: [video] }, 'video_1'],
  ['last_id is not said', { data: [video], has_more: true }, 'video_1'],
])('paging goes on or ends where %s', async (_, body, next) => {
  const upstream = await anUpstream(json(200, body))
  expect(await aClient(upstream.url).list()).toHaveProperty('next', next)
})

describe('a list is trouble when upstream answers', () => {
  test.each<[string, Answer]>([
    ['404', json(404, {})],
    ['429', json(429, {}, { 'retry-after': '3' })],
    ['500', html(500)],
    ['a page of HTML', html(200)],
    ['no list', json(200, { object: 'list' })],
    ['by hanging up', reset],
  ])('%s', async (_, answer) => {
    const upstream = await anUpstream(answer)
    expect(await aClient(upstream.url).list()).toMatchObject({ kind: 'trouble' })
    expect(upstream.requests).toHaveLength(1)
  })

  test('never', async () => {
    const upstream = await anUpstream(silence)
    expect(await aClient(upstream.url, { pollTimeoutMs: 300 }).list()).toMatchObject({ kind: 'trouble' })
  })
})

test('a list of nobody is trouble', async () => {
  expect(await aClient(await nobody()).list()).toMatchObject({ kind: 'trouble' })
})

test('a hundred videos with the longest prompts are a page', async () => {
  const data = Array.from({ length: 100 }, (_, n) => ({ ...video, id: `v${n}`, prompt: '船'.repeat(32_000) }))
  const upstream = await anUpstream(json(200, { ...page, data }))
  const look = await aClient(upstream.url).list()
  expect(look).toMatchObject({ kind: 'page' })
})

describe('a list is complete', () => {
  const completeOf = (dialect: Dialect) =>
    aClient('http://upstream.invalid', { dialect }).reads.list?.complete

  test('in these of the built-in dialects', () => {
    const complete = builtInNames.filter((name) => completeOf(builtInDialect(name)))
    expect(complete).toEqual(['openai', 'azure', 'vllm-omni'])
  })

  test.each([
    ['unless it says otherwise', {}, true],
    ['where it says so', { list: { complete: true } }, true],
    ['not where it says no', { list: { complete: false } }, false],
    ['not where ids vary', { list: { complete: true }, id: { inPoll: 'varies' } }, false],
    ['not where there is none', { list: null }, undefined],
  ])('%s', (_, differs, complete) => {
    expect(completeOf(aDialect(differs))).toBe(complete)
  })
})

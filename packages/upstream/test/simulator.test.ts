import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Simulator, startSimulator } from '@reelay/simulator/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SubmitOutcome } from '../src/submit/submit-outcome.ts'
import { aClient, aDialect, allowed, edits, KEY } from './upstream.ts'

let simulator: Simulator
let source: ExternalTaskId
beforeAll(async () => {
  simulator = await startSimulator({ key: KEY, script: { queuedMs: 0, renderMs: 0 }, pollAfterMs: 1234 })
  source = (await admin('videos', { prompt: 'a paper boat' })).id as ExternalTaskId
})
afterAll(() => simulator.close())

test('a remix is made once and looked at until it ends', async () => {
  const client = aClient(simulator.url)
  const prompt = 'the boat at night'
  const outcome = await client.submit({ prompt, source: { id: source } }, allowed)
  if (outcome.kind !== 'created') throw new Error(outcome.kind)
  expect(outcome.video).toMatchObject({ remixedFrom: source, prompt })
  expect(await client.retrieve(outcome.video.id)).toMatchObject({
    kind: 'video',
    video: { id: outcome.video.id, status: 'completed', progress: 100, seconds: '4', size: '720x1280' },
  })
  expect(await billed(prompt)).toBe(1)
})

test('a first video is made as it was asked for', async () => {
  const request = { prompt: 'another boat', model: 'sora-2-pro', size: '1280x720', seconds: '8' }
  const outcome = await aClient(simulator.url).submit(request, allowed)
  expect(outcome).toMatchObject({
    kind: 'created',
    video: { prompt: 'another boat', size: '1280x720', seconds: '8' },
  })
  expect(await billed('another boat')).toBe(1)
})

test('an edit is a remix by another name', async () => {
  const request = { prompt: 'the boat, edited', source: { id: source } }
  const outcome = await aClient(simulator.url, { dialect: aDialect(edits) }).submit(request, allowed)
  expect(outcome).toMatchObject({ kind: 'created', video: { remixedFrom: source } })
})

test.each(['raw', 'api-key'] as const)('an upstream that wants its key as %s gets it', async (auth) => {
  const other = await startSimulator({ key: KEY, auth, prefix: '/sora/v1' })
  try {
    const outcome = await aClient(other.url, { auth }).submit({ prompt: 'a boat' }, allowed)
    expect(outcome).toMatchObject({ kind: 'created' })
    const refused = await aClient(other.url, { auth: 'bearer' }).submit({ prompt: 'a boat' }, allowed)
    expect(refused).toMatchObject({ kind: 'not_now', reason: 'key_rejected' })
  } finally {
    await other.close()
  }
})

/** The others have all the time they need. */
const isNeverAnswered = (fault: string) => /silence|no_answer/.test(fault)

describe('a submission that meets', () => {
  test.each<[string, Partial<SubmitOutcome>, number]>([
    ['rate_limit=7', { kind: 'not_now', reason: 'rate_limited', retryAfterMs: 7000 }, 0],
    ['quota', { kind: 'refused', errorCode: 'insufficient_quota' }, 0],
    ['refuse', { kind: 'refused', errorCode: 'upstream_refused', upstreamCode: 'invalid_value' }, 0],
    ['refuse_moderation', { kind: 'refused', errorCode: 'moderation_blocked' }, 0],
    ['server_error', { kind: 'in_doubt' }, 0],
    ['no_answer', { kind: 'in_doubt' }, 0],
    ['accept_silence', { kind: 'in_doubt' }, 1],
    ['accept_reset', { kind: 'in_doubt' }, 1],
    ['accept_500', { kind: 'in_doubt' }, 1],
    ['bad_json', { kind: 'in_doubt' }, 1],
    ['slow=100', { kind: 'created' }, 1],
  ])('%s ends as %o, billed %i times', async (fault, outcome, times) => {
    const prompt = `a boat [fault:${fault}]`
    const client = aClient(simulator.url, isNeverAnswered(fault) ? { submitTimeoutMs: 1000 } : {})
    const before = await posts()
    expect(await client.submit({ prompt, source: { id: source } }, allowed)).toMatchObject(outcome)
    expect(await billed(prompt)).toBe(times)
    expect((await posts()) - before).toBe(1)
  })
})

describe('a look that meets', () => {
  test.each([
    ['missing', { kind: 'missing' }],
    ['silence', { kind: 'trouble' }],
    ['poll_rate_limit', { kind: 'trouble', retryAfterMs: 1000 }],
    ['poll_error', { kind: 'trouble' }],
    ['moderation', { kind: 'video', video: { status: 'failed', error: { code: 'moderation_blocked' } } }],
    ['fail', { kind: 'video', video: { status: 'failed' } }],
  ])('%s is %o', async (fault, look) => {
    const client = aClient(simulator.url, isNeverAnswered(fault) ? { pollTimeoutMs: 500 } : {})
    const made = await client.submit({ prompt: `a boat [fault:${fault}]` }, allowed)
    if (made.kind !== 'created') throw new Error(made.kind)
    expect(await client.retrieve(made.video.id)).toMatchObject(look)
  })
})

test('upstream says when to look again', async () => {
  await admin('script', { queuedMs: 60_000, renderMs: 60_000 })
  const client = aClient(simulator.url)
  const made = await client.submit({ prompt: 'a slow boat' }, allowed)
  await admin('script', { queuedMs: 0, renderMs: 0 })
  if (made.kind !== 'created') throw new Error(made.kind)
  expect(await client.retrieve(made.video.id)).toMatchObject({
    kind: 'video',
    video: { status: 'queued', progress: 0 },
    pollAfterMs: 1234,
  })
})

test('a video that upstream never made is missing', async () => {
  expect(await aClient(simulator.url).retrieve('video_none' as ExternalTaskId)).toEqual({ kind: 'missing' })
})

async function admin(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${simulator.adminUrl}/${path}`, {
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  const text = await response.text()
  return text === '' ? {} : JSON.parse(text)
}

async function billed(prompt: string): Promise<number> {
  const { jobs } = (await admin('bill')) as { jobs: { prompt: string; count: number }[] }
  return jobs.find((job) => job.prompt === prompt)?.count ?? 0
}

async function posts(): Promise<number> {
  const requests = (await admin('requests')) as unknown as { method: string }[]
  return requests.filter(({ method }) => method === 'POST').length
}

import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { type Answer, createScrubber } from '../src/answer/answer.ts'
import { builtInNames } from '../src/dialect/built-in.ts'
import { createReading, type Reading } from '../src/dialect/reading.ts'
import { categoryOf } from '../src/errors/category.ts'
import { retrieveOutcome } from '../src/read-outcome.ts'
import { submitOutcome } from '../src/submit/submit-outcome.ts'
import { answersOf, type Told } from './dialect-answers.ts'
import { aClient, builtInDialect, KEY } from './upstream.ts'

const scrub = createScrubber(KEY)
const readingOf = (name: string) => createReading(builtInDialect(name))
const ids: Record<string, string> = Object.fromEntries(
  builtInNames.map((name) => [name, posted(made(name)[0] as Told, readingOf(name)).id ?? '']),
)

describe('what a server says is read in its own dialect', () => {
  test.each<[string, string]>([
    ['openai', 'video_7'],
    ['azure', 'video_7'],
    ['litellm', 'video_bGl0ZWxsbQ=='],
    ['bifrost', 'openai:video_7'],
    ['new-api', 'task_7'],
    ['sora-relay', 'vid-7'],
    ['vllm-omni', 'video_gen_7f'],
    ['sglang', '0b7c2f4e-11aa-4c3d-9e00-5f6a7b8c9d0e'],
    ['trtllm', 'video_7f'],
    ['openrouter', 'gen-vid-1795900000-HERONHERONHERONHERON'],
    ['xai', 'r-7'],
  ])('%s makes %s', (name, id) => {
    expect(ids[name]).toBe(id)
  })

  test.each(builtInNames)('%s: a video on its way, done, failed, blocked and missing', (name) => {
    const { running, done, failed, blocked, missing } = answersOf[name] ?? {}
    for (const told of running ?? []) expect(looked(told, name).status).toMatch(/^(queued|in_progress)$/)
    expect(looked(done, name)).toMatchObject({ kind: 'video', status: 'completed' })
    expect(looked(failed, name)).toMatchObject({ kind: 'video', status: 'failed', category: undefined })
    if (blocked) expect(looked(blocked, name)).toMatchObject({ status: 'failed', category: 'moderation' })
    if (missing) expect(looked(missing, name)).toMatchObject({ kind: 'missing' })
  })

  test.each(
    builtInNames.flatMap((name) => (answersOf[name]?.refused ?? []).map((told) => [name, ...told] as const)),
  )('%s: %i with %j to a POST means %s', (name, status, body, outcome) => {
    expect(posted([status, body], readingOf(name)).outcome).toBe(outcome)
  })

  test.each<[string, object]>([
    ['openai', { progress: 47, size: '1280x720', seconds: '8', url: undefined }],
    ['bifrost', { progress: 47, seconds: '8' }],
    ['xai', { progress: 40 }],
  ])('%s: what it tells on the way', (name, video) => {
    expect(looked(answersOf[name]?.running[0], name).video).toMatchObject(video)
  })

  test.each<[string, object]>([
    ['bifrost', { urls: ['https://clips.example/heron.mp4'] }],
    ['new-api', { remixedFrom: undefined }],
    ['sora-relay', { urls: ['https://clips.example/heron.mp4'] }],
    ['sglang', { urls: ['https://clips.example/heron.mp4'] }],
    ['trtllm', { seconds: '8', urls: undefined }],
    ['openrouter', { urls: ['https://clips.example/heron.mp4'] }],
    ['xai', { seconds: '6', urls: ['https://clips.example/heron.mp4'] }],
  ])('%s: what it tells at the end', (name, video) => {
    expect(looked(answersOf[name]?.done, name).video).toMatchObject(video)
  })
})

const pairs = builtInNames.flatMap((server) => builtInNames.map((dialect) => [server, dialect] as const))

describe.each(pairs)('what a server of %s says, read as %s,', (server, dialect) => {
  const { running, done, failed, blocked, missing, refused = [] } = answersOf[server] ?? {}
  const ends = [done, failed, blocked, missing].filter((told) => told !== undefined)

  test('never denies that a video was made or may have been', () => {
    for (const told of made(server))
      expect(posted(told, readingOf(dialect)).outcome).toMatch(/^(created|in_doubt)$/)
  })

  test('never makes a video of a refusal', () => {
    for (const [status, body] of refused)
      expect(posted([status, body], readingOf(dialect)).outcome).not.toBe('created')
  })

  test('completes no video that is not, and none without a clip', async () => {
    for (const told of [...(running ?? []), ...ends]) {
      const { status, video } = looked(told, dialect)
      if (status !== 'completed') continue
      expect(told).toBe(done)
      if (video?.urls || builtInDialect(dialect).result.route) continue
      // Nothing names a clip, so that nobody is asked for it.
      const client = aClient('http://upstream.invalid/v1', { dialect: builtInDialect(dialect) })
      expect(await client.probeContent(ids[dialect] as ExternalTaskId, video)).toEqual({ kind: 'missing' })
    }
  })
})

function made(name: string): Told[] {
  return answersOf[name]?.made ?? []
}

function answerOf([status, body]: Told): Answer {
  return {
    status,
    header: () => undefined,
    body: typeof body === 'string' ? undefined : body,
    isEmpty: body === undefined,
  }
}

function posted(told: Told, reading: Reading): { outcome: string; id?: string } {
  const outcome = submitOutcome(answerOf(told), { scrub, reading })
  if (outcome.kind === 'created') return { outcome: outcome.kind, id: outcome.video.id }
  if (outcome.kind === 'refused') return { outcome: outcome.errorCode }
  return { outcome: outcome.kind === 'not_now' ? outcome.reason : outcome.kind }
}

/** What a look at the video means that this dialect's servers make. */
function looked(told: Told | undefined, dialect: string) {
  const id = ids[dialect] as ExternalTaskId
  const asked = { id, base: new URL('https://up.example/v1'), reading: readingOf(dialect) }
  const look = retrieveOutcome(answerOf(told ?? [0, undefined]), scrub, asked)
  const video = look.kind === 'video' ? look.video : undefined
  return { kind: look.kind, video, status: video?.status, category: video?.error && categoryOf(video.error) }
}

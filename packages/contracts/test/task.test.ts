import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { ExternalTaskId, Task, VideoId } from '../src/task.ts'
import { ClientMetadata, CreateBody, ListQuery, RemixBody } from '../src/task-requests.ts'

const prompt = 'a paper boat in the rain'

describe('a remix body', () => {
  test('keeps every field that it knows', () => {
    const body = {
      prompt,
      model: 'sora-2',
      clientRequestId: 'key-1',
      metadata: { scene: 4, tags: ['a', null] },
    }
    expect(RemixBody.parse(body)).toEqual(body)
  })

  test.each([
    ['one character', 'a'],
    ['32000 characters', 'a'.repeat(32_000)],
    ['several languages and signs', '雨中的纸船 🚤\nمطر'],
  ])('takes a prompt of %s', (_, prompt) => {
    expect(RemixBody.parse({ prompt })).toEqual({ prompt })
  })

  test.each([
    ['no prompt', {}, 'prompt'],
    ['an empty prompt', { prompt: '' }, 'prompt'],
    ['a prompt of 32001 characters', { prompt: 'a'.repeat(32_001) }, 'prompt'],
    ['a prompt with a NUL', { prompt: 'a\u0000b' }, 'prompt'],
    ['a prompt with half a surrogate pair', { prompt: 'a\ud83d' }, 'prompt'],
    ['a prompt that is a number', { prompt: 7 }, 'prompt'],
    ['an empty model', { prompt, model: '' }, 'model'],
    ['a model of 129 characters', { prompt, model: 'm'.repeat(129) }, 'model'],
    ['an empty request id', { prompt, clientRequestId: '' }, 'clientRequestId'],
    ['a request id of 256 characters', { prompt, clientRequestId: 'k'.repeat(256) }, 'clientRequestId'],
    ['metadata that is a list', { prompt, metadata: [] }, 'metadata'],
    ['an unknown field', { prompt, seconds: '4' }, ''],
    ['a list instead of an object', [prompt], ''],
    ['nothing at all', undefined, ''],
  ])('is refused with %s', (_, body, field) => {
    expect(problemsOf(RemixBody, body)).toEqual([field])
  })
})

describe("a client's own metadata", () => {
  test.each([
    ['nothing', {}],
    ['exactly 4 KB', { a: 'x'.repeat(4096 - '{"a":""}'.length) }],
    ['16 levels', nested(16)],
    ['text that looks like an escaped NUL', { a: '\\u0000' }],
    ['an inner field named as a reserved key', { mine: { type: 'remix' } }],
  ])('may hold %s', (_, metadata) => {
    expect(ClientMetadata.parse(metadata)).toEqual(metadata)
  })

  test.each([
    ['4 KB and one byte', { a: 'x'.repeat(4097 - '{"a":""}'.length) }],
    ['4 KB of two-byte characters and one more', { a: 'é'.repeat(2045) }],
    ['17 levels', nested(17)],
    ['a NUL', { a: 'x\u0000' }],
    ['a NUL in a key', { 'a\u0000': 1 }],
    ['half a surrogate pair', { a: ['\udc00'] }],
    ['half a surrogate pair in a key', { '\udc00': 1 }],
    ['the reserved key type', { type: 'remix' }],
    ['the reserved key remix_from', { remix_from: null }],
    ['the reserved key remix_from_external', { remix_from_external: 'up' }],
  ])('may not hold %s', (_, metadata) => {
    expect(ClientMetadata.safeParse(metadata).success).toBe(false)
  })

  test.each([
    ['nested a hundred thousand times', nested(100_000)],
    ['with two hundred thousand members', { a: Array(200_000).fill(1) }],
  ])('is refused without a crash when %s', (_, metadata) => {
    expect(ClientMetadata.safeParse(metadata).success).toBe(false)
  })
})

describe('a create body', () => {
  test('keeps size and seconds as they are', () => {
    expect(CreateBody.parse({ prompt, size: '1024x1792', seconds: '12' })).toEqual({
      prompt,
      size: '1024x1792',
      seconds: '12',
    })
  })

  test.each([
    ['a number', 8],
    ['a string', '8'],
  ])('takes the old duration as %s', (_, duration) => {
    expect(CreateBody.parse({ prompt, duration })).toEqual({ prompt, seconds: '8' })
  })

  test.each([
    ['16:9', '1280x720'],
    ['9:16', '720x1280'],
    ['1:1', '720x720'],
  ])('turns the aspect ratio %s into %s', (aspectRatio, size) => {
    expect(CreateBody.parse({ prompt, aspectRatio })).toEqual({ prompt, size })
  })

  test('prefers the new names to the old ones', () => {
    const body = { prompt, seconds: '4', duration: 8, size: '720x1280', aspectRatio: '16:9' }
    expect(CreateBody.parse(body)).toEqual({ prompt, seconds: '4', size: '720x1280' })
  })

  test('drops the old watermark and apiConfigId fields', () => {
    expect(CreateBody.parse({ prompt, watermark: false, apiConfigId: 'any' })).toEqual({ prompt })
  })

  test.each([
    ['seconds as a number', { seconds: 4 }, 'seconds'],
    ['seconds with a fraction', { seconds: '4.5' }, 'seconds'],
    ['zero seconds', { seconds: '0' }, 'seconds'],
    ['a duration with a fraction', { duration: 4.5 }, 'duration'],
    ['a duration in words', { duration: 'long' }, 'duration'],
    ['an aspect ratio that nobody makes', { aspectRatio: '21:9' }, 'aspectRatio'],
    ['a size without a height', { size: '1280' }, 'size'],
    ['an unknown field', { quality: 'high' }, ''],
  ])('is refused with %s', (_, more, field) => {
    expect(problemsOf(CreateBody, { prompt, ...more })).toEqual([field])
  })
})

describe('a list query', () => {
  test('has a default for everything but filters', () => {
    expect(ListQuery.parse({})).toEqual({
      page: 1,
      pageSize: 20,
      orderBy: 'createdAt',
      order: 'desc',
      all: 'false',
    })
  })

  test.each(['completed', 'COMPLETED', 'Completed'])('takes the status %s in any case', (status) => {
    expect(ListQuery.parse({ status }).status).toBe('COMPLETED')
  })

  test('ignores parameters that it does not know', () => {
    expect(ListQuery.parse({ mediaType: 'video', page: '2' })).not.toHaveProperty('mediaType')
  })

  test.each([
    ['status', 'done'],
    ['status', ''],
    ['page', '0'],
    ['page', '10001'],
    ['page', '-1'],
    ['page', '1e3'],
    ['page', ' 1'],
    ['page', '99999999999999999999'],
    ['pageSize', '0'],
    ['pageSize', '101'],
    ['pageSize', 'all'],
    ['pageSize', ['10', '20']],
    ['orderBy', 'prompt'],
    ['order', 'ASC'],
    ['cursor', ''],
    ['cursor', 'a\u0000'],
    ['clientRequestId', '\ud83d'],
    ['all', '1'],
  ])('refuses %s %j', (name, value) => {
    expect(problemsOf(ListQuery, { [name]: value })).toEqual([name])
  })
})

describe('a name', () => {
  test.each(['video_1762500000000_abc1234', 'video_1762500000000_0123456789abcdefghij'])(
    'of ours may be %s',
    (name) => {
      expect(VideoId.parse(name)).toBe(name)
    },
  )

  test.each([
    'video_1762500000000_abc123',
    'video_176250000000_abc1234',
    'video_1762500000000_ABC1234',
    'video_1762500000000_abc1234\n',
    `video_1762500000000_${'a'.repeat(60)}`,
    "video_1762500000000_abc1234'--",
    '',
  ])('of ours may not be %j', (name) => {
    expect(VideoId.safeParse(name).success).toBe(false)
  })

  test.each(['video_68d7512d07848190b3e45da0ecbebcde004da08e1e0678d5', 'sora:abc/7?x', '任务-1'])(
    "of upstream's may be %s",
    (name) => {
      expect(ExternalTaskId.parse(name)).toBe(name)
    },
  )

  test.each([
    ['empty', ''],
    ['longer than 512 characters', 'v'.repeat(513)],
    ['one with a NUL', 'v\u0000'],
    ['one with half a surrogate pair', 'v\ud83d'],
  ])("of upstream's may not be %s", (_, name) => {
    expect(ExternalTaskId.safeParse(name).success).toBe(false)
  })
})

test('a public task never shows columns that are ours alone', () => {
  const columns = ['userId', 'requestHash', 'force', 'autoRetriesUsed', 'queuedAt', 'acceptedAt']
  for (const column of columns) expect(Task.shape).not.toHaveProperty(column)
})

/** The fields that a schema complains about, '' for the body itself. */
function problemsOf(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value)
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => String(path[0] ?? ''))
}

/** An object around objects, so many levels altogether. */
function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {}
  for (let level = 1; level < levels; level++) value = { a: value }
  return value
}

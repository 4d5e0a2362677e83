import { describe, expect, test, vi } from 'vitest'
import { answerOf, createScrubber, retryAfter, upstreamError } from '../src/answer/answer.ts'
import { KEY } from './upstream.ts'

const scrub = createScrubber(KEY)

describe("upstream's text", () => {
  test.each([
    ['our key', `Incorrect API key provided: ${KEY}.`, 'Incorrect API key provided: [key].'],
    ['a key twice', `${KEY}${KEY}`, '[key][key]'],
    ['another key', 'key sk-proj-Ab_12-cd is wrong', 'key [key] is wrong'],
    ['a token', 'sent Authorization: Bearer eyJhbGciOi.x.y today', 'sent Authorization: [key] today'],
    ['control characters', 'one\u0000two\r\n\tthree\u001b[31m\u2028four', 'one two three [31m four'],
    ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ])('loses %s', (_, text, scrubbed) => {
    expect(scrub(text)).toBe(scrubbed)
  })

  test('is cut at 500 characters, and stays well formed', () => {
    expect(scrub('x'.repeat(501))).toBe('x'.repeat(500))
    const cut = scrub(`${'x'.repeat(499)}🚤🚤`)
    expect(cut.length).toBeLessThanOrEqual(500)
    expect(cut.isWellFormed()).toBe(true)
  })

  test('loses a key that lies across the cut', () => {
    expect(scrub(`${'x'.repeat(495)}${KEY}`)).not.toContain('canary')
  })
})

describe('a body that is no JSON', () => {
  const bodyOf = (statusCode: number, text: string) => answerOf({ statusCode, headers: {} }, text).body
  test.each<[number, string, string | undefined]>([
    [400, 'upstream timeout\n', 'upstream timeout'],
    [429, 'x'.repeat(600), 'x'.repeat(500)],
    [404, ' ', undefined],
    [404, '<!doctype html><p>timeout', undefined],
    [403, 'blocked\n<html>', undefined],
    [400, '<?xml version="1.0"?><Error/>', undefined],
    [400, '{"error": {"message": "time', undefined],
    [200, 'queued', undefined],
    [502, 'timeout', undefined],
  ])('with %i, %j, is read as %j', (status, text, body) => {
    expect(bodyOf(status, text)).toBe(body)
  })
})

describe('a wait that upstream asks for', () => {
  const now = Date.parse('2025-11-07T07:20:00Z')
  test.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '-3' }, 0],
    [{ 'retry-after': 'Fri, 07 Nov 2025 07:20:30 GMT' }, 30_000],
    [{ 'retry-after': 'Fri, 07 Nov 2025 07:19:30 GMT' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '7' }, 1500],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7000],
    [{ 'retry-after-ms': '', 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after-ms': '1e999' }, undefined],
    [{}, undefined],
  ])('as %j is %s ms', (headers, ms) => {
    vi.setSystemTime(now)
    expect(retryAfter({ status: 429, header: (name) => headers[name], body: undefined })).toBe(ms)
    vi.useRealTimers()
  })
})

describe('an error body', () => {
  test.each<[string, unknown, ReturnType<typeof upstreamError>]>([
    ["OpenAI's", { error: { code: 'c', message: 'm', type: 't', param: null } }, { code: 'c', message: 'm' }],
    ['bare', { code: 'task_not_exist', message: 'm', data: null }, { code: 'task_not_exist', message: 'm' }],
    ["Azure's", { error: { code: null, message: 'm' } }, { code: undefined, message: 'm' }],
    ["FastAPI's", { detail: 'm' }, { code: undefined, message: 'm' }],
    ["FastAPI's with a list", { detail: [{ msg: 'm' }] }, { code: undefined, message: undefined }],
    ['flat', { error: 'm' }, { code: undefined, message: 'm' }],
    ['empty', { error: { code: '', message: '' } }, { code: undefined, message: undefined }],
    ['no object', 'm', { code: undefined, message: undefined }],
    ['absent', undefined, { code: undefined, message: undefined }],
    ['null', { error: null }, { code: undefined, message: undefined }],
  ])('of the kind %s is read', (_, body, read) => {
    expect(upstreamError(body)).toEqual(read)
  })
})

test('without a key a text is left as it is', () => {
  expect(createScrubber('')('no such video')).toBe('no such video')
})

import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import type { SubmitRequest } from '../src/client.ts'
import { aClient, aDialect, allowed, anUpstream, edits } from './upstream.ts'

const remix: SubmitRequest = { prompt: 'a boat', source: { id: 'video 1' as ExternalTaskId } }
const first: SubmitRequest = { prompt: 'a boat' }
const byEdit = { dialect: aDialect(edits) }
const doors = [
  ...['signin', 'Sign-In', 'sign_in', 'login', 'log-in', 'logout', 'auth', 'oauth', 'oauth2', 'sso'],
  ...['captcha', 'v2', 'V1', 'error'],
  ...['index.html', 'error.html', 'error.HTM', 'login.php', 'index.php5', 'status.json', 'default.aspx'],
].map((name): [string, undefined] => [`/v1/videos/${name}`, undefined])

describe.each([200, 201, 202, 301, 302, 303])('the address that %i gives names the new video', (status) => {
  test.each([
    ['/v1/videos/video_2', 'video_2'],
    ['/v1/videos/video_2/', 'video_2'],
    ['/v1/videos/video_2//', 'video_2'],
    ['/v1/videos/video_2/content', 'video_2'],
    ['/v1/videos/video_2/content/?variant=video', 'video_2'],
    ['/v1/videos/video_2/remix', 'video_2'],
    ['/v1/videos/video_2?x=1#y', 'video_2'],
    ['/v1/videos/a%2Fb%20c', 'a/b c'],
    ['https://public.example/v1/videos/openai:video_2', 'openai:video_2'],
    ['//public.example/v1/videos/video_2', 'video_2'],
    ['/v1/videos/content', undefined],
    ['/v1/videos/', undefined],
    ['/v1/videos', undefined],
    ['/v1/videos//', undefined],
    ['/v1/videos/x/../..', undefined],
    ['/v1/videos/%20', undefined],
    ['/v1/videos/%00', undefined],
    ['/v1/videos/%E0%A4%A', undefined],
    ['/v1/videos/generations', undefined],
    ['/v1/videos/edits', undefined],
    ['/v1/videos/a/b', undefined],
    ['/v1/videos/a//content', undefined],
    ['/v1/videos/a/content/content', undefined],
    ['/v1/videos/video%201', undefined],
    ['/v1/videos/video%201/', undefined],
    ['/v1/videos/video%201/content', undefined],
    ['/v1/videos/video%201/remix', undefined],
    ['/v1/videos/video%201/remix/', undefined],
    ['/v1/videos/VIDEO%201/remix', undefined],
    ['/v1/videos/video%201/video_2', undefined],
    ['/v1/videos/video%201%2Fremix', undefined],
    ['/v1/videos/VIDEO%201%2fremix', undefined],
    ['/v1/videos/video%201%2Fremix/content', undefined],
    ['/v1/videos/video%201%252Fremix', undefined],
    ['/v1/videos/video%201%2F', undefined],
    ['/v1/videos/video%201b', 'video 1b'],
    ['/v1/videos/video_2%2Fcontent', undefined],
    ['/v1/videos/openai%2Fvideo_2', 'openai/video_2'],
    ...doors,
    ['/v1/videos/video.2', 'video.2'],
    ['/v1/videos/author', 'author'],
    ['/v1/videos/v2_abc', 'v2_abc'],
    ['/v1/video/video_2', undefined],
    ['/login?next=/v1/videos/video_2', undefined],
    ['http://[/v1/videos/video_2', undefined],
  ])('as %s', async (location, id) => {
    expect(await told(status, { location })).toEqual(id ? `created ${id}` : nothing(status))
  })

  test('relative to what was asked', async () => {
    expect(await told(status, { location: 'videos/video_2' }, '', first)).toBe('created video_2')
    expect(await told(status, { location: 'video_2' }, '', remix, byEdit)).toBe('created video_2')
  })

  test('but not where it is the address that was asked', async () => {
    for (const location of ['/v1/videos', '/v1/videos/', 'https://host/v1/videos/'])
      expect(await told(status, { location }, '', first)).toEqual(nothing(status))
    for (const location of ['/v1/videos/edits', '/v1/videos/edits/', '/v1/videos/video%201'])
      expect(await told(status, { location }, '', remix, byEdit)).toEqual(nothing(status))
  })

  test('as the place of an operation', async () => {
    const headers = { location: '/elsewhere', 'operation-location': '/v1/videos/video_2' }
    expect(await told(status, headers)).toBe('created video_2')
  })

  test('unless the body names one', async () => {
    const headers = { location: '/v1/videos/video_2' }
    expect(await told(status, headers, '{"id":"video_3"}')).toBe('created video_3')
    expect(await told(status, headers, '{"request_id":"r1"}')).toBe('created video_2')
    expect(await told(status, headers, '{"message":"see there"}')).toBe('created video_2')
  })
})

test.each([307, 308])(
  'the address that %i gives is where to send it again, and nothing was made',
  async (status) => {
    for (const headers of [
      { location: '/v1/videos/video_2' },
      { 'operation-location': '/v1/videos/video_2' },
    ])
      for (const body of ['', '{"request_id":"r1"}', '{"message":"moved"}'])
        expect(await told(status, headers, body)).toBe('misconfigured')
  },
)

describe.each([300, 301, 302, 303, 305, 307, 308])('the body of %i', (status) => {
  test.each([
    ['{"id":"v9"}', 'created v9'],
    ['{"id":"v9","status":"queued"}', 'created v9'],
    ['{"data":{"task_id":"v9"}}', 'created v9'],
    ['{"id":"r1","code":0,"data":{"task_id":"v9"}}', 'created v9'],
    ['{"id":"v9","object":"vid', 'created v9'],
    ['{"id":"r1","error":{"message":"moved"}}', 'in_doubt'],
    ['{"id":"video 1"}', undefined],
    ['{"request_id":"r1","message":"moved"}', undefined],
    ['{"message":"moved"}', undefined],
    ['<html>moved</html>', undefined],
    ['', undefined],
  ])('%s', async (body, outcome) => {
    const location = 'https://elsewhere.example/x'
    expect(await told(status, { location }, body)).toEqual(outcome ?? nothing(status))
    expect(await told(status, {}, body)).toEqual(outcome ?? nothing(status))
  })
})

describe('the video that a remix was asked of is never the new one', () => {
  test.each([
    ['{"id":"video 1","status":"queued"}', 'in_doubt'],
    ['{"video":{"id":"video 1","status":"completed"}}', 'in_doubt'],
    ['{"data":{"video_id":"video 1"}}', 'in_doubt'],
    ['{"id":"video 1","task_id":"t2","status":"queued"}', 'created t2'],
    ['{"task_id":"t2","video":{"id":"video 1","status":"completed"}}', 'created t2'],
    ['{"id":"t2","video":{"id":"video 1","status":"completed"}}', 'created t2'],
    ['{"request_id":"t2","video":{"id":"video 1","status":"completed"}}', 'created t2'],
  ])('in %s', async (body, outcome) => {
    expect(await told(200, {}, body)).toBe(outcome)
  })
})

/** What such an answer means that names no new video. */
function nothing(status: number): string {
  if (status === 303) return expect.stringMatching(/^(in_doubt|misconfigured)$/)
  return status < 300 ? 'in_doubt' : 'misconfigured'
}

async function told(
  status: number,
  headers: Record<string, string>,
  body = '',
  request = remix,
  options = {},
): Promise<string> {
  const upstream = await anUpstream((response) => response.writeHead(status, headers).end(body))
  const outcome = await aClient(upstream.url, options).submit(request, allowed)
  if (outcome.kind === 'created') return `created ${outcome.video.id}`
  return outcome.kind === 'not_now' ? outcome.reason : outcome.kind
}

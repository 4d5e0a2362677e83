import { describe, expect, test } from 'vitest'
import { videoIn, videoOf } from './usual.ts'

const url = 'https://host/v.mp4?sig=a%20b'
const base = new URL('https://up.example/sora/v1')
const places: [string, (value: unknown) => Record<string, unknown>][] = [
  ['video_url', (value) => ({ video_url: value })],
  ['url', (value) => ({ url: value })],
  ['result_url', (value) => ({ result_url: value })],
  ['download_url', (value) => ({ download_url: value })],
  ['metadata.url', (value) => ({ metadata: { url: value, other: 1 } })],
  ['output.url', (value) => ({ output: { url: value } })],
  ['video.url', (value) => ({ video: { url: value } })],
  ['videos[].url', (value) => ({ videos: [{ url: value }] })],
  ['content.video_url', (value) => ({ content: { video_url: value } })],
  ['assets.video', (value) => ({ assets: { video: value } })],
  ['generations[].video.url', (value) => ({ generations: [{ video: { url: value } }] })],
  ['unsigned_urls[]', (value) => ({ unsigned_urls: [value] })],
  ['urls[]', (value) => ({ urls: [value] })],
]
const morePlaces: [string, Record<string, unknown>][] = [
  ['output', { output: url }],
  ['output[]', { output: [url] }],
  ['output[].url', { output: [{ url }] }],
  ['videos[]', { videos: [url] }],
  ['data.task_result.videos[].url', { data: { task_result: { videos: [{ id: 'v-55', url }] } } }],
  ['data[].url', { data: [{ url }] }],
  ['result.videos[].video_url', { result: { videos: [{ video_url: url }] } }],
  ['video_url of a list', { video_url: [url] }],
  ['video_url.url', { video_url: { url } }],
  ['a job that says what kind it is', { type: 'image_to_video', video_url: url }],
]

describe.each(places)('a link at %s', (_, at) => {
  test('is found', () => {
    expect(urlOf(at(url))).toBe(url)
    expect(urlOf(at('http://127.0.0.1:8000/v.mp4'))).toBe('http://127.0.0.1:8000/v.mp4')
  })

  test.each([
    ['/cdn/a.mp4?x=1', 'https://up.example/cdn/a.mp4?x=1'],
    ['//cdn.example/a', 'https://cdn.example/a'],
    ['cdn/a.mp4', 'https://up.example/cdn/a.mp4'],
    ['/v1/videos/x/content', 'https://up.example/v1/videos/x/content'],
  ])('that is %s leads to %s', (link, absolute) => {
    expect(urlOf(at(link))).toBe(absolute)
  })

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)//.mp4',
    'file:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    'ftp://host/v.mp4',
    'blob:https://host/1',
    'C:\\videos\\a.mp4',
    'https://',
    'soon',
    'N/A',
    'a video of a/b.mp4',
    '',
    7,
    null,
    {},
    [],
  ])('is none when it is %j', (value) => {
    expect(urlOf(at(value))).toBeUndefined()
  })
})

test.each(morePlaces)('a link at %s is found', (_, raw) => {
  expect(urlOf(raw)).toBe(url)
})

test('a relative link is none where upstream is not known', () => {
  expect(videoIn({ id: 'video_1', url: '/v.mp4' })?.url).toBeUndefined()
})

test('all links are told, the likeliest first', () => {
  const all = Object.assign({}, ...places.map(([name, at]) => at(`https://host/${name.replace(/\W.*/, '')}`)))
  expect(read(all)?.urls).toEqual(
    ['video_url', 'url', 'result_url', 'download_url', 'metadata', 'output', 'video', 'videos', 'content']
      .map((name) => `https://host/${name}`)
      .concat('https://host/assets'),
  )
})

test('a bad link hides no good one', () => {
  expect(urlOf({ video_url: 'javascript:alert(1)', url: null, output: { url } })).toBe(url)
  expect(urlOf({ videos: [{}, { url: 'file:///v.mp4' }, { url }] })).toBe(url)
})

test.each([
  ['metadata', 'text'],
  ['metadata', null],
  ['videos', [null]],
  ['videos', []],
  ['remixed_from_video_id', url],
  ['image_url', url],
  ['thumbnail_url', url],
  ['thumbnail', { url }],
  ['cover', url],
  ['poster', { url }],
  ['input_reference', { url }],
  ['input', { video_url: url }],
  ['request', { video_url: url }],
  ['polling_url', url],
  ['links', { self: url }],
  ['urls', { get: url, cancel: url }],
  ['content', { last_frame_url: url }],
  ['outputs', [{ type: 'image', url }]],
  ['outputs', [{ content_type: 'image/png', url }]],
  ['content', [{ type: 'image_url', role: 'first_frame', url }]],
])('odd %s is no link and no harm: %j', (name, value) => {
  expect(urlOf({ [name]: value })).toBeUndefined()
})

test.each(['queued', 'failed'])('a video that is %s may carry a link, too', (status) => {
  expect(urlOf({ status, url })).toBe(url)
})

test('a link is that of the video that was asked for', () => {
  const body = {
    data: [
      { id: 'video_2', status: 'done', url: 'https://host/2' },
      { id: 'video_1', status: 'queued' },
    ],
  }
  expect(videoOf(body, 'video_1', base)).toMatchObject({
    status: 'queued',
    url: undefined,
  })
})

const own = 'https://up.example/sora/v1/videos/video_1'

describe('a link alone', () => {
  test.each<Record<string, unknown>>([
    { url },
    { url, progress: 100 },
    { url, progress: '100%' },
    { url, progress: null },
    { url, progress: 1 },
    { url, progress: 1.0, model: null },
    { url, progress: '1' },
    { url, progress: '1.0' },
    { output: [url], progress: 1 },
    { url: `${own}/content`, progress: 1 },
    { url: 'https://public.example/v1/videos/video_1', progress: 100 },
    { video_url: 'https://cdn.example/videos/video_1', progress: 100 },
    { url, status: '' },
    { video: { url } },
    { output: [url] },
    { url: `${own}/content` },
    { url: `${own}/content?variant=video` },
    { url: `${own}/download` },
    { url: 'https://cdn.example/videos/video_1.mp4' },
    { url: 'https://cdn.example/f/video_1?sig=1' },
    { url: own, video_url: url },
    { urls: { get: own, cancel: `${own}/cancel`, video: url } },
  ])('to a clip is a finished video: %j', (raw) => {
    expect(videoOf({ id: 'video_1', ...raw }, 'video_1', base)).toMatchObject({ status: 'completed' })
  })

  test.each<Record<string, unknown>>([
    { url, progress: 10 },
    { url, progress: 0 },
    { url, progress: '99.9%' },
    { video_url: url, progress: 10 },
    { output: [url], progress: 0.99 },
    { url, progress: 2 },
    { url, progress: '1%' },
    { url: own },
    { url: own, progress: 1 },
    { video_url: 'https://cdn.example/videos/video_1', progress: 1 },
    { video_url: 'https://cdn.example/videos/video_1', progress: 99 },
    { url: `${own}/` },
    { url: `${own}?t=1` },
    { url: '/sora/v1/videos/video_1' },
    { url: own, progress: 100 },
    { url: 'https://up.example/sora/v1/videos/video_0' },
    { url: `${own}/status` },
    { url: `${own}/cancel` },
    { url: 'https://up.example/sora/v1/tasks/video_1' },
    { url: 'https://up.example/sora/v1/video/query?task_id=video_1' },
    { url: 'https://public.example/v1/videos/video_1' },
    { url: 'http://public.example/api/v1/tasks/video_1/status' },
    { url: 'https://public.example/v1/query?id=video_1' },
    { result_url: 'https://public.example/v1/video/generations/video_1' },
    { data: { url: own } },
    { urls: { get: own, cancel: `${own}/cancel` } },
    { urls: [own] },
    { links: { self: own }, _links: { self: { href: own } } },
    { status_url: own, polling_url: own, cancel_url: own, response_url: own },
    { webhook: url, webhook_url: url, callback_url: url },
    { thumbnail_url: url, cover_url: url, poster: url, preview_url: url },
    { url: 'https://cdn.example/thumb.webp', result_url: 'https://cdn.example/a.PNG?x=1' },
    { image_url: url, input_reference: url, reference_url: url, image: { url } },
    { input: { video_url: url }, request: { url }, parameters: { video: url } },
    { content: [{ type: 'video_url', role: 'reference_video', video_url: { url } }] },
    { files: [{ purpose: 'input', url }], media: [{ type: 'input_video', url }] },
  ])('to anything else, or before all is made, is none: %j', (raw) => {
    const video = videoOf({ id: 'video_1', model: 'sora-2', ...raw }, 'video_1', base)
    expect(video).toMatchObject({ id: 'video_1', status: 'unrecognised' })
  })

  test('to what upstream says of the video is no place for its clip', () => {
    expect(read({ url: own, video_url: '/sora/v1/videos/video_1/' })?.urls).toBeUndefined()
    expect(read({ url: own, video_url: url })?.urls).toEqual([url])
  })
})

test.each(['queued', 'processing', 'failed', 'completed'])('the word %s goes before links', (status) => {
  const video = videoOf({ id: 'video_1', status, progress: 10, url }, 'video_1', base)
  expect(video?.status).toBe({ processing: 'in_progress' }[status] ?? status)
})

function read(raw: Record<string, unknown>) {
  return videoOf({ id: 'video_1', status: 'completed', ...raw }, 'video_1', base)
}

function urlOf(raw: Record<string, unknown>): string | undefined {
  return read(raw)?.url
}

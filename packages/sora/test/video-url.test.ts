import { describe, expect, test } from 'vitest'
import { Video } from '../src/video.ts'

const url = 'https://host/v.mp4?sig=a%20b'
const places: [string, (value: unknown) => Record<string, unknown>][] = [
  ['video_url', (value) => ({ video_url: value })],
  ['url', (value) => ({ url: value })],
  ['metadata.url', (value) => ({ metadata: { url: value, other: 1 } })],
  ['output.url', (value) => ({ output: { url: value } })],
  ['videos[].url', (value) => ({ videos: [{ url: value }] })],
]

describe.each(places)('a link at %s', (_, at) => {
  test('is found', () => {
    expect(urlOf(at(url))).toBe(url)
    expect(urlOf(at('http://127.0.0.1:8000/v.mp4'))).toBe('http://127.0.0.1:8000/v.mp4')
  })

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'file:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    'ftp://host/v.mp4',
    'blob:https://host/1',
    '//host/v.mp4',
    '/v.mp4',
    'soon',
    '',
    7,
    null,
    {},
    [url],
  ])('is none when it is %j', (value) => {
    expect(urlOf(at(value))).toBeUndefined()
  })
})

test('the first of several links is taken', () => {
  const all = Object.assign({}, ...places.map(([name, at]) => at(`https://host/${name}`)))
  const left = { ...all }
  for (const [name] of places) {
    expect(urlOf(left)).toBe(encodeURI(`https://host/${name}`).replaceAll(/%5B|%5D/g, decodeURI))
    delete left[name.split(/[.[]/)[0] ?? '']
  }
})

test('a bad link hides no good one', () => {
  expect(urlOf({ video_url: 'javascript:alert(1)', url: null, output: { url } })).toBe(url)
  expect(urlOf({ videos: [{}, { url: 'file:///v.mp4' }, { url }] })).toBe(url)
})

test.each([
  ['metadata', 'text'],
  ['metadata', null],
  ['output', [url]],
  ['videos', { url }],
  ['videos', [null]],
  ['videos', []],
])('odd %s is no link and no harm', (name, value) => {
  expect(urlOf({ [name]: value })).toBeUndefined()
})

test.each(['queued', 'failed'])('a video that is %s may carry a link, too', (status) => {
  expect(urlOf({ status, url })).toBe(url)
})

function urlOf(raw: Record<string, unknown>): string | undefined {
  return Video.parse({ id: 'video_1', status: 'completed', ...raw }).url
}

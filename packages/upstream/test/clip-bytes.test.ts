import { describe, expect, test } from 'vitest'
import { addressesIn, clipType, isClip, TELLING_BYTES } from '../src/content/clip-bytes.ts'
import { usual } from './usual.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const mp4 = bytes('\0\0\0\x18ftypmp42\0\0\0\0')
const types = [
  'video/mp4',
  'VIDEO/MP4; codecs="avc1"',
  'application/octet-stream',
  'binary/octet-stream',
  undefined,
  '',
]

describe('a clip by its bytes', () => {
  test.each<[string, Buffer, string]>([
    ['MP4', mp4, 'video/mp4'],
    ['QuickTime', bytes('\0\0\0\x14ftypqt  '), 'video/quicktime'],
    ['an MP4 that begins with its index', bytes('\0\0\x10\0moov\0\0\0\x6cmvhd'), 'video/mp4'],
    ['an MP4 that begins with its data', bytes('\0\0\0\x01mdat\0\0\0\0'), 'video/mp4'],
    ['an MP4 with room before it', bytes('\0\0\0\x08free\0\0\0\x08wide'), 'video/mp4'],
    ['an old QuickTime', bytes('\0\0\0\x08skip\0\0\0\x08pnot'), 'video/mp4'],
    ['WebM', bytes('\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm'), 'video/webm'],
    ['AVI', bytes('RIFF\x00\x10\0\0AVI LIST'), 'video/x-msvideo'],
    ['Ogg', bytes('OggS\0\x02'), 'video/ogg'],
    ['FLV', bytes('FLV\x01\x05'), 'video/x-flv'],
    ['MPEG', bytes('\0\0\x01\xba\x44'), 'video/mpeg'],
    ['a transport stream', bytes(`G${'\0'.repeat(187)}G\0\0`), 'video/mp2t'],
  ])('is %s under any label', (_, head, type) => {
    for (const label of [...types, 'text/plain', 'text/html', 'application/json', 'audio/mp4', 'nonsense'])
      expect(isClip(label, head), label).toBe(true)
    expect(clipType('application/octet-stream', head)).toBe(type)
    expect(clipType(undefined, head)).toBe(type)
  })

  test.each([
    '\x00123456789',
    '\x93\x11\x02 what nobody knows',
    '\0\0\0\0\0\0\0\0\0\0\0\0',
    '\0\0\x01\0uuid\xbe\x7a\xcf\xcb',
    '\0\0\x01\0meta\0\0\0\0',
    '\0\0\x01\0\0\0\x01\x20\0\x84',
    '\0\0\x01\x20\0\x84\x40\xfa',
    '\0\0\x01\xb0\x01\0\0\x01\xb5',
    '\0\0\x02\0uuid\xbe\x7a\xcf\xcb',
  ])('may be %j where the label says so', (text) => {
    for (const label of [...types, 'application/mp4', 'video/anything', 'mp4'])
      expect(isClip(label, bytes(text)), label).toBe(true)
    for (const label of [
      'text/html',
      'text/plain',
      'image/png',
      'application/json',
      'application/zip',
      'audio/mp4',
    ])
      expect(isClip(label, bytes(text)), label).toBe(false)
  })
})

test.each([
  '<!DOCTYPE html>',
  '<html>',
  '\n  <HTML>',
  '\xef\xbb\xbf<html>',
  '<?xml version="1.0"?><Error/>',
  '<Error><Code>AccessDenied</Code></Error>',
  '{"error":"no"}',
  '{ "url": "https://a" }',
  '{}',
  '  {\n  "url":',
  '[]',
  '[{"url":1}]',
  '"https://cdn/a.mp4"',
  'null',
  'https://cdn/a.mp4',
  '#EXTM3U\n#EXT-X-VERSION:3',
  '%PDF-1.7',
  '\x89PNG\r\n\x1a\n',
  '\xff\xd8\xff\xe0',
  'GIF89a',
  'RIFF\0\0\0\0WEBPVP8 ',
  'PK\x03\x04',
  '\x1f\x8b\x08\0',
  'video is still processing…',
  'Your video is not ready yet, come back later.',
  'not found',
  'ok',
  '0123456789',
  '404',
  'true',
  'undefined',
  ' ',
  '\r\n\t  \n',
  '\xef\xbb\xbf',
  '\xef\xbb\xbf#EXTM3U',
  '\xef\xbb\xbf{"error":"no"}',
  'status: processing\nprogress: 40\n',
  'data: {"progress":40}\n\n',
  '--boundary\r\nContent-Type: text/plain\r\n\r\n',
  '/* a script */ location.href = "/"',
  'AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29t',
  'data:video/mp4;base64,AAAAGGZ0eXBtcDQy',
  'd8:announce22:https://tracker.example',
  '\x1b[31merror\x1b[0m',
  'Your v\xeddeo est\xe1 proces\xe1ndose, vuelva m\xe1s tarde',
  '\xca\xd3\xc6\xb5\xd5\xfd\xd4\xda\xb4\xa6\xc0\xed\xd6\xd0\xa3\xac\xc7\xeb\xc9\xd4\xba\xf3\xd4\xd9\xca\xd4\xa3\xac\xd0\xbb\xd0\xbb',
  '\xff\xfe{\0"\0',
  '\xfe\xff\0{\0"',
  '\0\0\xfe\xff\0\0\0{',
  '<\0h\0t\0m\0l\0>\0',
  '\0<\0h\0t\0m\0l\0>',
  'BM\x36\0\x0c\0\0\0',
  'II*\0\x08\0\0\0',
  'MM\0*\0\0\0\x08',
  '\0\0\x01\0\x01\0\x10\x10',
  '\0\0\x01\0\x20\0\x30\x30\0',
  '8BPS\0\x01\0\0',
  '\0\0\0\x1cftypavif\0\0\0\0',
  '\0\0\0\x1cftypheic\0\0\0\0',
  '\0\0\0\x1cftypmif1\0\0\0\0',
  '\0\0\0\x1cftypM4A \0\0\0\0',
  '\0\0\0\x0cJXL \r\n\x87\n',
  '\0\0\0\x0cjP  \r\n\x87\n',
  'RIFF\x24\0\0\0WAVEfmt ',
  'ID3\x04\0\0\0\0',
  'fLaC\0\0\0\x22',
  'BZh91AY&SY\0\x01',
  '\x28\xb5\x2f\xfd\0\x01\x02\x03',
  '\x78\x9c\xab\x56\x4a\x2d\x2a\xca\x2f\x52',
  '\xfd7zXZ\0\0\x04',
])('%j is no clip under any label', (text) => {
  for (const label of [...types, 'text/html', 'application/json'])
    expect(isClip(label, bytes(text)), label).toBe(false)
})

test.each(['', '…', '视频仍在处理中，请稍后再试', '動画はまだ処理中です', '🎬 not yet 🎬', '処'.repeat(80)])(
  '%j is no clip under any label, cut or whole',
  (text) => {
    const whole = Buffer.from(`${text} `)
    for (let length = 1; length <= Math.min(whole.length, TELLING_BYTES); length += 1)
      for (const label of types) expect(isClip(label, whole.subarray(0, length)), label).toBe(false)
  },
)

test.each(['G', 'G@', 'RI', 'RIFF', 'RIFF abc', 'O', 'Ogg', 'FLV', '\0', '\0\0\0'])(
  '%j may be the beginning of a clip, cut early',
  (text) => {
    expect(isClip('video/mp4', bytes(text))).toBe(true)
    expect(isClip('text/html', bytes(text))).toBe(false)
  },
)

test.each<[string, string[]]>([
  ['{"url":"https://cdn/a.mp4"}', ['https://cdn/a.mp4']],
  ['{"video_url":"https://cdn/a.mp4","url":null}', ['https://cdn/a.mp4']],
  ['{"data":{"url":"https://cdn/a.mp4"}}', ['https://cdn/a.mp4']],
  ['[{"url":"https://cdn/a.mp4"}]', ['https://cdn/a.mp4']],
  ['"https://cdn/a.mp4"', ['https://cdn/a.mp4']],
  [' https://cdn/a.mp4\n', ['https://cdn/a.mp4']],
  ['{"url":"/a.mp4"}', ['https://cdn/a.mp4']],
  ['{"url":"javascript:alert(1)"}', []],
  ['{"status":"processing"}', []],
  ['{"error":{"message":"no"}}', []],
  ['<html>https://cdn/a.mp4</html>', []],
  ['{"url":', []],
  ['null', []],
  ['7', []],
  ['[]', []],
  ['"soon"', []],
  ['', []],
])('%s names %j', (text, addresses) => {
  expect(addressesIn(text, new URL('https://cdn/v1/'), usual)).toEqual(addresses)
})

import { describe, expect, test } from 'vitest'
import { addressesIn, clipType, isClip } from '../src/clip-bytes.ts'

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

  test.each(['0123456789', '\x93\x11\x02 what nobody knows', '\0\0\0\0\0\0\0\0\0\0\0\0'])(
    'may be %j where the label says so',
    (text) => {
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
    },
  )
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
])('%j is no clip under any label', (text) => {
  for (const label of [...types, 'text/html', 'application/json'])
    expect(isClip(label, bytes(text)), label).toBe(false)
})

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
  expect(addressesIn(text, new URL('https://cdn/v1/'))).toEqual(addresses)
})

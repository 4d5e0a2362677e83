import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chunk, end, header, png } from '../../../../packages/media/test/pictures/pictures.ts'
import { aFile, aForm, aPng, dataUrl, fixture, MIB, type Part, prompt, traces } from '../support/pictures.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const limit = 20 * MIB
const zip = Buffer.from('PK\x03\x04 and PK\x05\x06 and so on', 'latin1')
const kinds = /JPEG, PNG or WebP/

let api: TestApp
let user: TestUser
let before: Awaited<ReturnType<typeof traces>>
beforeAll(async () => {
  api = await buildTestApp()
  user = await api.aUser()
  before = await traces(api)
})
afterAll(() => api.stop())

const whole = fixture('rgba.png')
const noPictures: [string, Buffer, en: RegExp, zh: RegExp][] = [
  ['a GIF', fixture('picture.gif'), kinds, /JPEG、PNG 或 WebP/],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), kinds, /JPEG、PNG 或 WebP/],
  ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>'), kinds, /JPEG、PNG 或 WebP/],
  ['an MP4', fixture('sound.mp4'), kinds, /JPEG、PNG 或 WebP/],
  ['an AVI, which is a RIFF as WebP is', fixture('clip.avi'), kinds, /JPEG、PNG 或 WebP/],
  ['nothing', Buffer.alloc(0), /not be empty/, /不能为空/],
  ['half a PNG', whole.subarray(0, whole.length / 2), /whole picture/, /完整/],
  ['half a JPEG', fixture('baseline.jpg').subarray(0, 400), /whole picture/, /完整/],
  ['half a WebP', fixture('lossy.webp').subarray(0, 100), /whole picture/, /完整/],
  ['a PNG of two frames', fixture('animated.png'), /one picture/, /一幅/],
  ['a WebP of three frames', fixture('animated.webp'), /one picture/, /一幅/],
  ['two JPEGs', fixture('two-pictures.jpg'), /one picture/, /一幅/],
  ['a PNG with a ZIP behind it', Buffer.concat([whole, zip]), /end where the picture ends/, /结尾之后/],
  ['50 000 × 50 000 pixels', aBomb(), /16.8 million pixels/, /1680 万像素/],
]

describe.each(noPictures)('%s', (_, bytes, en, zh) => {
  const forms: [string, () => { payload: object | Buffer; headers?: Record<string, string> }][] = [
    ['as a file', () => aForm(prompt, aFile(bytes))],
    ['as a file before the prompt', () => aForm(aFile(bytes), prompt)],
    ['as a data URL', () => ({ payload: { prompt: 'a cat', input_reference: dataUrl(bytes) } })],
  ]
  test.each(forms)('is refused %s', async (_, bodyOf) => {
    const { payload, headers } = bodyOf()
    for (const [language, words] of [['en', en] as const, ['zh', zh] as const]) {
      const answer = await user.post('/api/video/tasks', payload, { ...headers, 'accept-language': language })
      expect(answer.statusCode).toBe(400)
      expect(answer.json()).toMatchObject({
        code: 'invalid_request',
        details: [{ field: 'input_reference', message: expect.stringMatching(words) }],
      })
    }
    await expectNothingLeft()
  })
})

const file = aFile(whole)
const oddForms: [string, Part[], string, RegExp][] = [
  ['two pictures', [prompt, file, file], 'input_reference', /only once/],
  [
    'a picture as file and as text',
    [file, { ...prompt, name: 'input_reference' }, prompt],
    'input_reference',
    /./,
  ],
  [
    'a picture as text and as file',
    [{ name: 'input_reference', value: dataUrl(whole) }, file, prompt],
    'input_reference',
    /only once/,
  ],
  ['a picture under another name', [prompt, { ...file, name: 'image' }], 'image', /not be a file/],
  ['a picture under no name', [prompt, { ...file, name: '' }], '', /not be a file/],
  ['a picture and another file', [file, { ...file, name: 'mask' }, prompt], 'mask', /not be a file/],
  ['a picture and no prompt', [file], 'prompt', /required/],
  ['a picture and an unknown field', [file, prompt, { name: 'colour', value: 'red' }], 'colour', /./],
  [
    'a picture and one in its metadata',
    [file, prompt, { name: 'metadata', value: '{"input_reference":{}}', type: 'application/json' }],
    'metadata',
    /reserved keys/,
  ],
]

test.each(oddForms)('a form with %s is refused by name', async (_, parts, field, words) => {
  const { payload, headers } = aForm(...parts)
  const answer = await user.post('/api/video/tasks', payload, headers)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toContainEqual({ field, message: expect.stringMatching(words) })
  await expectNothingLeft()
})

const png64 = whole.toString('base64')
test.each<[string, unknown, RegExp]>([
  ['without base64', `data:image/png,${encodeURIComponent('PNG')}`, kinds],
  ['with bad base64', `data:image/png;base64,${png64.slice(0, 40)}*${png64.slice(41)}`, kinds],
  [
    'with base64 that lacks a character',
    `data:image/png;base64,${png64.replace(/=*$/, '')}`.slice(0, -3),
    kinds,
  ],
  ['with base64 that goes on behind its end', `data:image/png;base64,QUJD=${png64}`, kinds],
  ['with lines', `data:image/png;base64,${png64.slice(0, 76)}\r\n${png64.slice(76)}`, kinds],
  ['of text', `data:text/plain;base64,${btoa('a cat')}`, kinds],
  ['of nothing', 'data:image/png;base64,', /not be empty/],
  ['of no type', `data:;base64,${png64}`, kinds],
  ['that is none', png64, kinds],
  ['that is empty', '', kinds],
  ['that is a file of ours', 'file:///etc/passwd', kinds],
  ['that is a path', '/etc/passwd', kinds],
  ['that is at an FTP server', 'ftp://example.org/a.png', kinds],
  ['that is a list', [dataUrl(whole)], /text/],
  ['that is an object', { image_url: dataUrl(whole) }, /text/],
])('a data URL %s is refused', async (_, reference, words) => {
  const answer = await user.post('/api/video/tasks', { prompt: 'a cat', input_reference: reference })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toEqual([{ field: 'input_reference', message: expect.stringMatching(words) }])
  await expectNothingLeft()
})

describe('of 20 MiB', () => {
  test.each([
    ['as a file', () => aForm(prompt, aFile(aPng(limit)))],
    [
      'as a data URL',
      () => ({ payload: { prompt: 'a cat', input_reference: dataUrl(aPng(limit)) }, headers: {} }),
    ],
  ])('a picture is taken %s', async (_, bodyOf) => {
    await using large = await buildTestApp()
    const somebody = await large.aUser()
    const taken = bodyOf()
    expect((await somebody.post('/api/video/tasks', taken.payload, taken.headers)).statusCode).toBe(202)
  })

  test.each([
    ['as a file', () => aForm(prompt, aFile(aPng(limit + 1)))],
    ['as a file of 40 MB', () => aForm(prompt, aFile(Buffer.alloc(40_000_000)))],
    [
      'as a data URL',
      () => ({ payload: { prompt: 'a cat', input_reference: dataUrl(aPng(limit + 1)) }, headers: {} }),
    ],
  ])('a byte more is refused %s', async (_, bodyOf) => {
    const { payload, headers } = bodyOf()
    for (const [language, words] of [
      ['en', 'must have at most 20 MiB'],
      ['zh', '不能超过 20 MiB'],
    ]) {
      const answer = await user.post('/api/video/tasks', payload, {
        ...headers,
        'accept-language': `${language}`,
      })
      expect(answer.statusCode).toBe(413)
      expect(answer.json()).toMatchObject({
        code: 'payload_too_large',
        details: [{ field: 'input_reference', message: words }],
      })
    }
    await expectNothingLeft()
  })
})

test('an upstream that takes no picture is none for it, said before anything is stored', async () => {
  const dialect = join(import.meta.dirname, 'without-pictures.json')
  await using other = await buildTestApp({ env: { SORA_DIALECT: dialect } })
  const somebody = await other.aUser()
  const source = await other.aTask(somebody, { status: 'COMPLETED' })
  const atFirst = await traces(other)
  const { payload, headers } = aForm(prompt, file)
  for (const path of ['/api/video/tasks', `/api/video/tasks/${source.videoId}/remix`]) {
    const answer = await somebody.post(path, payload, headers)
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({
      code: 'not_supported_upstream',
      details: [{ field: 'input_reference', message: 'upstream takes no picture' }],
    })
  }
  expect(await traces(other)).toEqual(atFirst)
})

test('a remix takes no picture where upstream takes one with first videos only', async () => {
  const source = await api.aTask(user, { status: 'COMPLETED' })
  before = await traces(api)
  const { payload, headers } = aForm(prompt, file)
  const answer = await user.post(`/api/video/tasks/${source.videoId}/remix`, payload, headers)
  expect(answer.statusCode).toBe(422)
  expect(answer.json()).toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'input_reference', message: expect.stringMatching('first video only') }],
  })
  await expectNothingLeft()
})

test('a client may not say in its metadata what picture there is', async () => {
  const answer = await user.post('/api/video/tasks', {
    prompt: 'a cat',
    metadata: { input_reference: { sha256: 'a', type: 'image/png', bytes: 1, width: 1, height: 1 } },
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toEqual([
    { field: 'metadata', message: expect.stringMatching('reserved keys .*input_reference') },
  ])
  await expectNothingLeft()
})

test('a picture that nobody is logged in for is not read', async () => {
  const { payload, headers } = aForm(prompt, file)
  const answer = await api.app.inject({ method: 'POST', url: '/api/video/tasks', payload, headers })
  expect(answer.statusCode).toBe(401)
  await expectNothingLeft()
})

test('a store that can’t be written is a 503 that leaves nothing', async () => {
  await using other = await buildTestApp()
  const somebody = await other.aUser()
  if (!('folder' in other.config.media)) throw new Error('no folder')
  const { folder } = other.config.media
  const atFirst = await traces(other)
  await rm(folder, { recursive: true })
  await writeFile(folder, 'no folder')
  const { payload, headers } = aForm(prompt, file)
  const answer = await somebody.post('/api/video/tasks', payload, headers)
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('2')
  expect(answer.json()).toMatchObject({ code: 'store_unavailable' })
  await rm(folder)
  expect(await traces(other)).toEqual(atFirst)
  expect((await somebody.post('/api/video/tasks', payload, headers)).statusCode).toBe(202)
})

async function expectNothingLeft() {
  await expect.poll(() => traces(api)).toEqual(before)
}

/** A few bytes that would be 10 GB of pixels. */
function aBomb(): Buffer {
  return png(header(50_000, 50_000), chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))), end)
}

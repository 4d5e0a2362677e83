import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pictureKey } from '@reelay/media/object-keys'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFile, aForm, dataUrl, fixture, prompt, sha256Of, traces } from '../support/pictures.ts'
import { buildTestApp, type Headers, type TestApp, type TestUser } from '../support/test-app.ts'

const pictures = [
  ['progressive.jpg', 'image/jpeg'],
  ['rgba.png', 'image/png'],
  ['lossy.webp', 'image/webp'],
] as const

const server = createServer(({ url }, response) => {
  if (url === '/there/rgba.png') response.writeHead(302, { location: '../rgba.png?again' }).end()
  else response.end(fixture(new URL(url ?? '', 'http://a').pathname.slice(1)))
})
let origin: string
let api: TestApp
let user: TestUser
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  api = await buildTestApp({
    env: {
      SORA_CONTENT_ORIGINS: origin,
      SORA_DIALECT: join(import.meta.dirname, 'pictures-with-remixes.json'),
    },
  })
  user = await api.aUser()
})
afterAll(async () => {
  server.close()
  await api.stop()
})

type Body = { payload: object | Buffer; headers?: Headers }

const ways: [string, (name: string, type: string) => Body][] = [
  ['as a file before the other fields', (name) => aForm(aFile(fixture(name)), prompt)],
  ['as a file behind them', (name) => aForm(prompt, aFile(fixture(name)))],
  [
    'as a file whose name and type lie',
    (name) => aForm(prompt, aFile(fixture(name), { file: '../clip.mp4', type: 'text/html' })),
  ],
  ['as a file without a name', (name) => aForm(prompt, aFile(fixture(name), { file: '' }))],
  [
    'as a data URL in JSON',
    (name, type) => ({ payload: { prompt: 'a cat', input_reference: dataUrl(fixture(name), type) } }),
  ],
  [
    'as a data URL that calls it something else',
    (name) => ({
      payload: { prompt: 'a cat', input_reference: dataUrl(fixture(name), 'text/html;charset=utf-8') },
    }),
  ],
  [
    'as a data URL in a form',
    (name, type) => aForm({ name: 'input_reference', value: dataUrl(fixture(name), type) }, prompt),
  ],
  ['by its address', (name) => ({ payload: { prompt: 'a cat', input_reference: `${origin}/${name}` } })],
]

describe.each(pictures)('%s', (name, type) => {
  test.each(ways)('is taken %s', async (_, bodyOf) => {
    await expectTaken(bodyOf(name, type), name, type)
  })

  test('is taken with a remix', async () => {
    const source = await api.aTask(user, { status: 'COMPLETED' })
    const body = aForm(prompt, aFile(fixture(name)))
    const row = await expectTaken(body, name, type, `/api/video/tasks/${source.videoId}/remix`)
    expect(row.metadata).toMatchObject({ type: 'remix', remix_from: source.videoId })
  })
})

test('a picture is taken from where its address leads to', async () => {
  const payload = { prompt: 'a cat', input_reference: `${origin}/there/rgba.png` }
  await expectTaken({ payload }, 'rgba.png', 'image/png')
})

test('base64 may be spelled for addresses, and slashes be escaped', async () => {
  const url = dataUrl(fixture('rgb16.png')).replaceAll('+', '-')
  const payload = `{"prompt":"a cat","input_reference":"${url.replaceAll('/', '\\/')}"}`
  const headers = { 'content-type': 'application/json' }
  await expectTaken({ payload: Buffer.from(payload), headers }, 'rgb16.png', 'image/png')
})

test('a client’s own metadata stays beside it', async () => {
  const answer = await user.post('/api/video/tasks', {
    prompt: 'a cat',
    metadata: { shot: 3 },
    input_reference: dataUrl(fixture('rgba.png')),
  })
  const { metadata } = await api.row(answer.json().data.videoId)
  expect(metadata).toEqual({ shot: 3, input_reference: expect.objectContaining({ type: 'image/png' }) })
})

describe('the same picture with the same key', () => {
  const bytes = fixture('rgba.png')
  const another = fixture('palette.png')
  const forms = [
    ['file', aForm(prompt, aFile(bytes))],
    ['data URL', { payload: { prompt: 'a cat', input_reference: dataUrl(bytes) }, headers: {} }],
    [
      'address',
      {
        get payload() {
          return { prompt: 'a cat', input_reference: `${origin}/rgba.png` }
        },
        headers: {},
      },
    ],
  ] as const
  const pairs = forms.flatMap(([one, first]) =>
    forms.map(([other, second]) => [one, other, first, second] as const),
  )

  test.each(pairs)('is the same request as %s and as %s', async (one, other, first, second) => {
    const key = { 'idempotency-key': `same-${one}-${other}` }
    const made = await user.post('/api/video/tasks', first.payload, { ...first.headers, ...key })
    const before = await traces(api)
    const again = await user.post('/api/video/tasks', second.payload, { ...second.headers, ...key })
    expect(again.json().data.videoId).toBe(made.json().data.videoId)
    expect(await traces(api)).toEqual(before)
  })

  test.each([
    ['another picture', aForm(prompt, aFile(another))],
    ['no picture', { payload: { prompt: 'a cat' }, headers: {} }],
  ])('is not that with %s', async (what, { payload, headers }) => {
    const key = { 'idempotency-key': `another-${what}` }
    const form = aForm(prompt, aFile(bytes))
    expect((await user.post('/api/video/tasks', form.payload, { ...form.headers, ...key })).statusCode).toBe(
      202,
    )
    const before = await traces(api)
    const answer = await user.post('/api/video/tasks', payload, { ...headers, ...key })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().code).toBe('idempotency_key_reused')
    expect(await traces(api)).toEqual(before)
  })
})

test('a client that says it sends again gets the task of the first time', async () => {
  const somebody = await api.aUser()
  const send = (tries: number, bytes = fixture('grey.jpg')) => {
    const { payload, headers } = aForm(prompt, aFile(bytes))
    return somebody.post('/api/video/tasks', payload, {
      ...headers,
      'x-stainless-retry-count': String(tries),
    })
  }
  const first = (await send(0)).json().data
  const before = await traces(api)
  expect((await send(1)).json().data.videoId).toBe(first.videoId)
  expect(await traces(api)).toEqual(before)
  expect((await send(1, fixture('cmyk.jpg'))).json().data.videoId).not.toBe(first.videoId)
})

test('of many that send one picture with one key at once, one makes a task and an object', async () => {
  const before = await traces(api)
  const { payload, headers } = aForm(prompt, aFile(fixture('lossless.webp')))
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      user.post('/api/video/tasks', payload, { ...headers, 'idempotency-key': 'all at once' }),
    ),
  )
  const ids = new Set(answers.map((answer) => answer.json().data.videoId))
  expect(ids.size).toBe(1)
  const after = await traces(api)
  expect(after).toMatchObject({ rows: before.rows + 1, files: 0 })
  expect(after.objects).toHaveLength(before.objects.length + 1)
})

async function expectTaken(
  { payload, headers }: Body,
  name: string,
  type: string,
  path = '/api/video/tasks',
) {
  const bytes = fixture(name)
  const answer = await user.post(path, payload, headers)
  expect(answer.statusCode).toBe(202)
  const { videoId } = answer.json().data
  const row = await api.row(videoId)
  const told = { sha256: sha256Of(bytes), type, bytes: bytes.length, width: 48, height: 32 }
  expect(row.metadata.input_reference).toEqual(told)
  const body = await api.store.open(pictureKey(row.videoId))
  expect(Buffer.concat(await Array.fromAsync(body ?? []))).toEqual(bytes)
  const shown = await user.get(`/api/video/tasks/${videoId}`)
  expect(shown.json().data.metadata.input_reference).toEqual(told)
  return row
}

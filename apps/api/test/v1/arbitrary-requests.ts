import type { TaskRow } from '@reelay/db/schema'
import fc from 'fast-check'
import { anything, nearly, text } from '../support/arbitraries.ts'
import { aForm, dataUrl, fixture, type Part } from '../support/pictures.ts'
import { noVideoId } from '../support/test-app.ts'

export type OddRequest = {
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE' | 'PUT' | 'PATCH'
  url: string
  headers: Record<string, string>
  payload?: string | Buffer
}
export type Known = { source: TaskRow; unfinished: TaskRow; credentials: string[] }

const picture = fixture('rgb8.png')
const pictureUrl = dataUrl(picture)
const clip = fixture('moov-first.mp4')
const prompt = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
const metadata = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
const key = fc.string({ minLength: 1, maxLength: 20 })
const model = fc.constantFrom('sora-2', 'sora-2-pro')
const seconds = fc.constantFrom('4', '8', '12', 4, 8, '999', 0)
const size = fc.constantFrom('720x1280', '1280x720', '10x10', 'x')
const imageUrl = fc.oneof(
  fc.constantFrom(
    pictureUrl,
    `${pictureUrl}=`,
    pictureUrl.slice(0, 80),
    dataUrl(clip),
    'data:,',
    'data:;base64,',
  ),
  fc.constantFrom(
    'https://127.0.0.1/a.png',
    'http://[::1]/',
    'https://user:word@10.0.0.1/a.png',
    'file:///etc',
  ),
  text,
)
const reference = fc.oneof(
  imageUrl.map((image_url) => ({ image_url })),
  fc.record({ image_url: imageUrl, file_id: key }, { requiredKeys: [] }),
)
const common = {
  prompt,
  model,
  metadata,
  clientRequestId: key,
  upstream: fc.constantFrom('default', 'default', 'other'),
}

/** Requests to `/v1` that are right, nearly right, or nothing of the kind. */
export function requestsTo({ source, unfinished, credentials }: Known): fc.Arbitrary<OddRequest> {
  const someId = fc.constantFrom(...Array(4).fill(source.videoId), unfinished.videoId, noVideoId())
  const id: fc.Arbitrary<string> = fc.oneof({ weight: 6, arbitrary: someId }, text)
  const video = fc.oneof(
    { weight: 6, arbitrary: id.map((each) => ({ id: each })) },
    fc.record({ id, url: text }, { requiredKeys: [] }),
  )
  const remixOf = id.map((each) => `/v1/videos/${encode(each)}/remix`)
  const posts = fc.oneof(
    {
      weight: 4,
      arbitrary: post(fc.constant('/v1/videos'), { ...common, seconds, size, input_reference: reference }),
    },
    { weight: 4, arbitrary: post(remixOf, { ...common, input_reference: reference }) },
    { weight: 4, arbitrary: post(fc.constant('/v1/videos/edits'), { ...common, video }) },
    { weight: 4, arbitrary: post(fc.constant('/v1/videos/extensions'), { ...common, seconds, video }) },
    {
      weight: 1,
      arbitrary: post(fc.constantFrom('/v1/videos/characters', '/v1/models', '/v1', '/v1/videos/'), common),
    },
  )
  const reads = fc.record({
    method: fc.constantFrom<OddRequest['method']>('GET', 'GET', 'GET', 'HEAD', 'PUT', 'PATCH'),
    url: fc.tuple(addresses(id), query(id)).map(([path, search]) => path + search),
  })
  // The source stays, whatever is deleted.
  const doomed = fc.oneof(fc.constantFrom(unfinished.videoId, noVideoId()), text)
  const deletes = fc.record({
    method: fc.constant('DELETE' as const),
    url: doomed.map((each) => `/v1/videos/${encode(each)}`),
  })
  const any = fc.oneof(
    { weight: 8, arbitrary: posts },
    { weight: 4, arbitrary: reads },
    { weight: 1, arbitrary: deletes },
  ) as fc.Arbitrary<Omit<OddRequest, 'headers'> & { headers?: OddRequest['headers'] }>
  return fc
    .tuple(any, headersOf(credentials))
    .map(([request, headers]) => ({ ...request, headers: { ...request.headers, ...headers } }))
}

function addresses(id: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('/v1/videos', '/v1/models', '/v1', '/v1/', '//v1/videos', '/v1/videos/%zz', '/v1/%00'),
    id.map((each) => `/v1/videos/${encode(each)}`),
    id.map((each) => `/v1/videos/${encode(each)}/content`),
    text.map((each) => `/v1/${encode(each)}`),
  )
}

function query(id: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const value = fc.oneof(
    id,
    fc.integer().map(String),
    fc.constantFrom('asc', 'desc', 'thumbnail', 'video', '1e2'),
  )
  const name = fc.constantFrom('limit', 'after', 'order', 'variant', 'x[__proto__]', '__proto__', 'token')
  return fc
    .array(fc.tuple(name, value), { maxLength: 3 })
    .map((pairs) => (pairs.length > 0 ? `?${pairs.map((pair) => pair.map(encode).join('=')).join('&')}` : ''))
}

/** What is not there is not sent. */
function headersOf(credentials: string[]): fc.Arbitrary<Record<string, string>> {
  const value = fc.string({ maxLength: 40 }).map((each) => each.replace(/[^ -~]/g, ' ').trim())
  const odd = fc.record(
    {
      'idempotency-key': fc.oneof(value, fc.constantFrom('x'.repeat(256), '', 'é')),
      prefer: fc.constantFrom('respond-async', 'wait=1', '', ', ,'),
      'x-stainless-retry-count': fc.constantFrom('0', '1', '2', '-1', '1e3', 'x'),
      'accept-language': fc.constantFrom('zh', 'en', '*;q=x'),
      accept: value,
      range: fc.constantFrom('bytes=0-', 'bytes=5-2', 'bytes=-0', 'bytes=99999999-', 'x'),
      'if-match': value,
      'if-none-match': fc.constantFrom('*', '"x"', 'x'),
      'if-modified-since': value,
      'content-encoding': fc.constantFrom('identity', 'identity', '', 'gzip'),
      'openai-organization': value,
      'x-request-id': value,
    },
    { requiredKeys: [] },
  )
  const authorization = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...credentials) },
    { weight: 1, arbitrary: value },
    { weight: 1, arbitrary: value.map((each) => `Bearer sk-reelay-${each}`) },
  )
  const some = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, odd)
  return fc.tuple(authorization, some).map(([each, more]) => ({ authorization: each, ...more }))
}

type Sent = Pick<OddRequest, 'payload' | 'headers'>

function post(url: fc.Arbitrary<string>, fields: Record<string, fc.Arbitrary<unknown>>) {
  const right = fc.record(fields).map((each) => JSON.stringify(each))
  const json = fc
    .oneof(right, nearly(fields))
    .map((payload) => ({ payload, headers: { 'content-type': 'application/json' } }))
  const body = fc.oneof({ weight: 4, arbitrary: json }, { weight: 4, arbitrary: forms(fields) }, mistaken)
  const sent: fc.Arbitrary<Sent> = fc.oneof({ weight: 6, arbitrary: body }, body.chain(damaged))
  return fc.tuple(url, sent).map(([path, more]) => ({ method: 'POST' as const, url: path, ...more }))
}

/** A form with fields as they are, in brackets, as JSON or as files, in any order, and maybe twice. */
function forms(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Sent> {
  const good = Object.entries(fields).map(([name, each]) => each.chain((value) => partsOf(name, value)))
  const file = fc.constantFrom<Part>(
    { name: 'input_reference', value: picture, file: 'a.png', type: 'image/png' },
    { name: 'input_reference', value: clip, file: 'a.png', type: 'image/png' },
    { name: 'video', value: clip, file: 'a.mp4', type: 'video/mp4' },
    { name: 'video', value: clip.subarray(0, 500), file: 'a.mp4' },
    { name: 'prompt', value: 'a cat', file: 'a.txt', type: 'text/plain' },
  )
  const oddName = fc.constantFrom(
    'a[b][c]',
    '[]',
    'video[]',
    'metadata[__proto__]',
    '__proto__[a]',
    'prompt[x]',
    '',
  )
  const odd = fc.record({ name: fc.oneof(oddName, text), value: text }).map((part) => [part])
  const all = fc.tuple(...good).map((each) => each.flat())
  const some = fc.subarray(good).chain((each) => fc.tuple(...each).map((parts) => parts.flat()))
  return fc
    .tuple(
      fc.oneof(all, some),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        odd,
        file.map((each) => [each]),
      ),
    )
    .chain(([parts, more]) => fc.shuffledSubarray([...parts, ...more], { minLength: parts.length }))
    .map((parts) => aForm(...parts))
}

function partsOf(name: string, value: unknown): fc.Arbitrary<Part[]> {
  const asJson = fc.constant<Part[]>([{ name, value: JSON.stringify(value) ?? '', type: 'application/json' }])
  if (typeof value !== 'object' || value === null) {
    return fc.oneof({ weight: 8, arbitrary: fc.constant<Part[]>([{ name, value: String(value) }]) }, asJson)
  }
  const nested = Object.entries(value).map(([inner, each]) => ({
    name: `${name}[${inner}]`,
    value: String(each),
  }))
  return fc.oneof({ weight: 2, arbitrary: fc.constant(nested) }, asJson)
}

/** Bodies of a type that they are not of. */
const mistaken: fc.Arbitrary<Sent> = fc.record({
  payload: fc.oneof(
    text,
    anything.map((each) => JSON.stringify(each) ?? ''),
  ),
  headers: fc
    .constantFrom(
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/mixed; boundary=cut',
      'multipart/form-data; boundary=cut',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'text/plain',
      '*/*',
      '',
    )
    .map((type) => ({ 'content-type': type })),
})

/** Cut short, or with other bytes in the middle. */
function damaged({ payload = '', headers }: Sent): fc.Arbitrary<Sent> {
  const bytes = Buffer.from(payload as string)
  return fc
    .tuple(fc.nat(bytes.length), fc.nat(40), fc.uint8Array({ maxLength: 12 }), fc.boolean())
    .map(([at, gone, other, isCut]) => {
      const rest = isCut ? [] : [other, bytes.subarray(at + gone)]
      return { payload: Buffer.concat([bytes.subarray(0, at), ...rest]), headers }
    })
}

/** Half a character can't be sent in an address. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { differencesOf, ofAnswer } from './compare-documents.ts'
import { type Document, type Schema, shapeOf } from './shape.ts'

const theirs = parse(read('./fixtures/openai-videos.openapi.yaml')) as Document
const ours = JSON.parse(read('../../openapi.v1.json')) as Document

/** What differs from the document of the Videos API, and why; docs/videos-api.md tells the same. */
const differences: [RegExp, string][] = [
  [/^(POST|GET) \/videos\/characters.*: not served$/, 'Characters belong to an account at one upstream.'],
  [/^GET \/models: ours$/, 'SDKs list the models from there, in another part of that API.'],
  [/^HEAD \/videos\/\{\}\/content: ours$/, 'A player asks for the length first.'],
  [/(upstream|clientRequestId|metadata): ours$/, 'What a task of Reelay has beside.'],
  [/(edits|extensions|remix) \S+ model: ours$/, 'Without it a video is made by the model of its source.'],
  [/remix \S+ input_reference: ours$/, 'Some upstreams take a picture beside the source.'],
  [/input_reference (file_id: missing|image_url: required)$/, 'No files are kept by an id.'],
  [/ size: other values$/, 'Upstreams have other sizes, too, and it is empty until one says it.'],
  [/variant: not spritesheet$/, 'Clips are stored with a still picture, and no sprite sheet.'],
  [/content 200 (video|image|application)\/\S+: also answered$/, 'A clip has the type that its bytes have.'],
  [/content 206 \S+: also answered$/, 'A range may be asked for.'],
  [/content 30[24]: also answered$/, 'A client may have it already, or fetch it from the store.'],
  [/content 200 application\/json: not answered$/, 'A clip is bytes and never JSON.'],
]

test('the Videos API is as its document has it but for what is listed', () => {
  const found = differencesOf(theirs, ours)
  expect(found.filter((each) => !differences.some(([listed]) => listed.test(each)))).toEqual([])
  const over = differences.filter(([listed]) => !found.some((each) => listed.test(each)))
  expect(over.map(([listed]) => listed.source)).toEqual([])
})

test('a failure is as its document has it', () => {
  const [expected, given] = [
    shapeOf({ $ref: '#/components/schemas/ErrorResponse' }, theirs),
    shapeOf({ $ref: '#/components/schemas/VideosFailure' }, ours),
  ]
  expect(expected.required).toEqual(['error'])
  expect(ofAnswer('failure', expected, given)).toEqual([])
})

test('every difference is told in the docs', () => {
  const docs = read('../../../../docs/videos-api.md')
  for (const [, reason] of differences) expect(docs).toContain(reason)
})

const body = 'paths /videos post requestBody content application/json schema'
const video = 'components schemas Video'
const taken = 'POST /videos application/json'
const answered = 'GET /videos/{} 200 application/json'

test.each<[string, string, string, unknown]>([
  ['a route', 'GET /videos/{}: not served', 'paths /videos/{id}', undefined],
  ['a parameter', 'GET /videos ?limit: not taken', 'paths /videos get parameters', []],
  ['a field of a body', `${taken} model: missing`, `${body} properties model`, undefined],
  ['one that must be there', `${taken} seconds: required`, `${body} required`, ['prompt', 'seconds']],
  ['one that need not', `${taken} prompt: not required`, `${body} required`, []],
  ['a bound', `${taken} prompt: maxLength`, `${body} properties prompt maxLength`, 100],
  ['a value', `${taken} seconds: not 12`, `${body} properties seconds`, { type: 'string', enum: ['4', '8'] }],
  ['a type', `${taken} size: no string`, `${body} properties size`, { type: 'integer' }],
  ['a field of an answer', `${answered} progress: not required`, `${video} required`, ['id']],
  ['one too many', `${answered} url: ours`, `${video} properties url`, { type: 'string' }],
  ['null', `${answered} model: also null`, `${video} properties model type`, ['string', 'null']],
  ['a status', `${answered} status: other values`, `${video} properties status enum`, ['running']],
  [
    'a video of a page',
    'GET /videos 200 application/json data[] error: also string',
    `${video} properties error`,
    { type: 'string' },
  ],
])('%s that is not as theirs is found', (_, difference, place, value) => {
  expect(differencesOf(theirs, ours)).not.toContain(difference)
  expect(differencesOf(theirs, changed(place, value))).toContain(difference)
})

function changed(place: string, value: unknown): Document {
  const keys = place.split(' ')
  const last = keys.pop() as string
  const document = structuredClone(ours)
  const parent = keys.reduce((inner, key) => inner[key] as Schema, document as Schema)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return document
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}

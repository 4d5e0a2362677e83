import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { type MediaStore, StoreError } from '../src/store.ts'
import { MIB, piecesOf, silentAfter, someBytes } from './bytes.ts'
import { type Answer, anOddS3, aSilentS3, noS3 } from './odd-server.ts'

const key = 'clips/a'
const tomorrow = () => new Date(Date.now() + 86_400_000)
const odd = (answer: Answer) => async () => (await anOddS3(answer)).store

const calls: [string, (store: MediaStore) => Promise<unknown>][] = [
  ['put of a little', (store) => store.put(key, piecesOf(someBytes(10)))],
  ['put of much', (store) => store.put(key, piecesOf(someBytes(9 * MIB)))],
  ['put of what never ends', (store) => store.put(key, silentAfter(9 * MIB))],
  ['size', (store) => store.size(key)],
  ['open', (store) => store.open(key)],
  ['remove', (store) => store.remove(key)],
  ['list', (store) => Array.fromAsync(store.list('clips/'))],
  ['removeUnfinished', (store) => store.removeUnfinished(tomorrow())],
  ['check', (store) => store.check()],
]

test.each<[string, () => Promise<MediaStore>, RegExp]>([
  ['away', noS3, /^S3 can’t be reached \(ECONNREFUSED\)$/],
  ['failing', odd(failing(500, 'InternalError')), /^S3 is too busy or fails \(500( InternalError)?\)$/],
  ['busy', odd(failing(503, 'SlowDown')), /^S3 is too busy or fails \(503( SlowDown)?\)$/],
  ['refusing', odd(failing(403, 'AccessDenied')), /^S3 refuses the access \(403( AccessDenied)?\)$/],
  ['elsewhere', odd(failing(301, 'PermanentRedirect')), /^S3 can’t be used \(301( PermanentRedirect)?\)$/],
  ['cutting', odd((response) => response.destroy()), /^S3 can’t be reached \(ECONNRESET\)$/],
  ['silent', async () => (await aSilentS3({ silenceMs: 300 })).store, /^S3 says nothing$/],
])('an S3 that is %s is told as such by every function', async (_, open, message) => {
  const store = await open()
  const told = calls.map(async ([name, call]) => [name, await errorOf(call(store))])
  const matching = calls.map(([name]) => [name, expect.stringMatching(message)])
  expect(await Promise.all(told)).toEqual(matching)
})

test.each<[string, Answer, string]>([
  ['fails', failing(500, 'InternalError'), 'S3 is too busy or fails (500 InternalError)'],
  ['is never answered', () => {}, 'S3 says nothing'],
])('an upload of which a part %s is ended', async (_, answerToPart, message) => {
  const upload = '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>'
  const answer: Answer = (response, request) => {
    if (request.method === 'POST') response.end(upload)
    else if (request.method === 'PUT') answerToPart(response, request)
    else response.writeHead(204).end()
  }
  const { store, asked } = await anOddS3(answer, { silenceMs: 1000 })
  expect(await errorOf(store.put(key, silentAfter(9 * MIB)))).toBe(message)
  expect(asked.at(-1)).toBe('DELETE /media/clips/a')
})

test('trouble that may pass is asked about three times', async () => {
  const { store, asked } = await anOddS3(failing(503, 'SlowDown'))
  await errorOf(store.size(key))
  expect(asked).toEqual(Array(3).fill('HEAD /media/clips/a'))
})

test('silence is waited for once', async () => {
  const { store, connections } = await aSilentS3({ silenceMs: 300 })
  await errorOf(store.size(key))
  await errorOf(store.open(key))
  expect(connections()).toBe(2)
})

test('a bucket that is not there is told as such', async () => {
  const { store } = await anOddS3(failing(404, 'NoSuchBucket'))
  const message = 'S3 has no bucket of the name in MEDIA_S3_BUCKET'
  expect(await errorOf(store.open(key))).toBe(message)
  expect(await errorOf(store.check())).toBe(message)
})

test('a page of HTML is no S3', async () => {
  const page: Answer = (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Sign in<br></html>')
  const { store } = await anOddS3(page)
  await errorOf(store.check())
  await errorOf(store.put(key, piecesOf(someBytes(9 * MIB))))
  await errorOf(Array.fromAsync(store.list('clips/')))
  await errorOf(store.removeUnfinished(tomorrow()))
})

describe('an object of another size than was sent', () => {
  test('is removed', async () => {
    const { store, asked } = await anOddS3(keeping({ bytes: 4, etag: '"of-put"' }))
    const put = store.put(key, piecesOf(someBytes(5)))
    expect(await errorOf(put)).toBe('S3 stored fewer or more bytes than it was sent')
    expect(asked.at(-1)).toBe('DELETE /media/clips/a')
  })

  test('stays where someone else has put it meanwhile', async () => {
    const { store, asked } = await anOddS3(keeping({ bytes: 4, etag: '"of-another"' }))
    await errorOf(store.put(key, piecesOf(someBytes(5))))
    expect(asked.at(-1)).toBe('HEAD /media/clips/a')
  })
})

describe('a read fails where', () => {
  test('the bytes are not those of their checksum', async () => {
    const answer = sending('hello', { 'content-length': '5', 'x-amz-checksum-crc32': 'AAAAAA==' })
    expect(await errorOf(read(answer))).toBe('S3 sent bytes that are not those it was given')
  })

  test('bytes are missing', async () => {
    const answer: Answer = (response) => {
      response.writeHead(200, { 'content-length': '10' }).write('hello', () => response.destroy())
    }
    expect(await errorOf(read(answer))).toBe('S3 can’t be reached (ECONNRESET)')
  })

  test('the rest does not come', async () => {
    const answer: Answer = (response) =>
      void response.writeHead(200, { 'content-length': '10' }).write('hello')
    expect(await errorOf(read(answer, undefined, 300))).toBe('S3 says nothing')
  })

  test.each([
    ['the whole comes for a span', 200, {}],
    ['another span comes', 206, { 'content-range': 'bytes 0-4/5' }],
    ['a longer span comes', 206, { 'content-range': 'bytes 1-4/5' }],
  ])('%s', async (_, status, headers) => {
    const answer = sending('hello', headers, status)
    expect(await errorOf(read(answer, { first: 1, last: 2 }))).toMatch(/^S3 sent another part/)
  })
})

test('a reader that leaves lets its connection go', async () => {
  const responses: ServerResponse[] = []
  const answer: Answer = (response) => {
    responses.push(response)
    response.writeHead(200, { 'content-length': 64 * MIB, 'x-amz-checksum-crc32': 'AAAAAA==' })
    response.write(someBytes(MIB))
  }
  const { store } = await anOddS3(answer)
  for (const body of [await store.open(key), await store.open(key)]) body?.destroy()
  await expect.poll(() => responses.map(({ closed }) => closed)).toEqual([true, true])
})

async function read(answer: Answer, span?: { first: number; last: number }, silenceMs?: number) {
  const { store } = await anOddS3(answer, silenceMs === undefined ? {} : { silenceMs })
  return buffer((await store.open(key, span)) as Readable)
}

function sending(body: string, headers: Record<string, string>, status = 200): Answer {
  return (response) => response.writeHead(status, headers).end(body)
}

function keeping({ bytes, etag }: { bytes: number; etag: string }): Answer {
  return (response, { method }) => {
    if (method === 'HEAD') response.writeHead(200, { 'content-length': bytes, etag }).end()
    else response.writeHead(200, { etag: '"of-put"' }).end()
  }
}

function failing(status: number, code: string): Answer {
  return (response, { method }) => {
    const body = `<Error><Code>${code}</Code><Message>canary-secret of 127.0.0.1</Message></Error>`
    response.writeHead(status, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? '' : body)
  }
}

/** What a StoreError says, which is neither a key nor an address nor a secret. */
async function errorOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('none'),
    (error) => error,
  )
  expect(error).toBeInstanceOf(StoreError)
  expect(JSON.stringify(error) + error.stack).not.toMatch(/canary|127\.0\.0\.1|clips\/a/)
  return error.message
}

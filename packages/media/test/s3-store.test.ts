import { describe, expect, test } from 'vitest'
import type { MediaStore } from '../src/store.ts'
import { piecesOf, someBytes } from './bytes.ts'
import { anOddS3 } from './odd-server.ts'
import { anS3Store, keysIn } from './stores.ts'

const key = 'clips/a'

describe('a signed address', () => {
  test('opens an object as what it is signed for', async () => {
    const { store } = await anS3Store()
    const bytes = someBytes(1000)
    await store.put(key, piecesOf(bytes), { type: 'application/octet-stream' })
    const answer = await fetch(await sign(store, 60))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('video/mp4')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a b.mp4"')
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
  })

  test('gives a span', async () => {
    const { store } = await anS3Store()
    const bytes = someBytes(1000)
    await store.put(key, piecesOf(bytes))
    const answer = await fetch(await sign(store, 60), { headers: { range: 'bytes=10-19' } })
    expect(answer.status).toBe(206)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes.subarray(10, 20))
  })

  test('opens nothing when its time is over or when it is changed', async () => {
    const { store } = await anS3Store()
    await store.put(key, piecesOf(someBytes(1)))
    await store.put('clips/b', piecesOf(someBytes(1)))
    const short = await sign(store, 1)
    await expect.poll(async () => (await fetch(short)).status).toBe(403)
    const changed = (await sign(store, 60)).replace('clips/a', 'clips/b')
    expect((await fetch(changed)).status).toBe(403)
  })
})

// The second page of s3rver's needs a cipher that OpenSSL no longer has.
test('objects are listed on whichever page they are, and only ours', async () => {
  const pages = [['clips/a', 'clips/not.ours', 'other'], ['clips/b'], ['clips/c']]
  const { store } = await anOddS3((response, { url = '' }) => {
    const page = Number(/continuation-token=(\d)/.exec(url)?.[1] ?? 0)
    const next = page + 1 < pages.length ? `<NextContinuationToken>${page + 1}</NextContinuationToken>` : ''
    const listed = pages[page]?.map((each) => `<Contents><Key>${each}</Key><Size>7</Size></Contents>`)
    response.writeHead(200, { 'content-type': 'application/xml' })
    response.end(`<ListBucketResult>${next}${listed?.join('')}</ListBucketResult>`)
  })
  expect(await keysIn(store, 'clips/')).toEqual(['clips/a', 'clips/b', 'clips/c'])
})

test('an upload that is not ours is left alone', async () => {
  const { store, begin, unfinished } = await anS3Store()
  begin('not.ours')
  expect(await store.removeUnfinished(new Date(Date.now() + 86_400_000))).toBe(0)
  expect(unfinished()).toEqual(['not.ours'])
})

function sign(store: MediaStore, expiresInS: number): Promise<string> {
  const options = { type: 'video/mp4', disposition: 'attachment; filename="a b.mp4"', expiresInS }
  return (store.sign as NonNullable<MediaStore['sign']>)(key, options)
}

import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { codingsOf, decoded } from '../src/content/content-coding.ts'

const plain = Buffer.from('a clip '.repeat(20_000))
const codings: [string, Buffer][] = [
  ['gzip', gzipSync(plain)],
  ['X-GZip', gzipSync(plain)],
  ['br', brotliCompressSync(plain)],
  ['deflate', deflateSync(plain)],
  ['deflate', deflateRawSync(plain)],
  ['zstd', zstdCompressSync(plain)],
  ['deflate, gzip', gzipSync(deflateSync(plain))],
  ['gzip, identity, ', gzipSync(plain)],
]

/** A stream that comes in pieces, the first of a byte. */
function inPieces(bytes: Buffer): Readable {
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 20), bytes.subarray(20)]
  return Readable.from(pieces, { objectMode: false })
}

async function decode(header: string | undefined, body: Readable): Promise<Readable> {
  const result = await decoded(codingsOf(header), body)
  if (!result) throw new Error('unknown coding')
  return result
}

describe.each(codings)('%s', (header, coded) => {
  test('is undone', async () => {
    expect(plain.equals(await buffer(await decode(header, inPieces(coded))))).toBe(true)
  })

  test.each([1, 2, 0.5])('that lacks its end fails (%s)', async (missing) => {
    const length = missing < 1 ? coded.length * missing : coded.length - missing
    const cut = await decode(header, inPieces(coded.subarray(0, length)))
    await expect(buffer(cut)).rejects.toThrow()
  })

  test('lets its source go with its reader', async () => {
    const source = new Readable({ read() {} })
    source.push(coded.subarray(0, coded.length / 2))
    const body = await decode(header, source)
    body.on('error', () => {}).destroy()
    await expect.poll(() => source.destroyed).toBe(true)
  })

  test('fails with its source', async () => {
    const source = new Readable({ read() {} })
    source.push(coded.subarray(0, coded.length / 2))
    const body = await decode(header, source)
    const read = buffer(body)
    source.destroy(new Error('cut'))
    await expect(read).rejects.toThrow()
  })
})

test.each([undefined, '', 'identity', 'none', 'aws-chunked'])('%j is none', async (header) => {
  expect(codingsOf(header)).toEqual([])
  expect(await buffer(await decode(header, inPieces(plain)))).toEqual(plain)
})

test.each(['compress', 'gzip, dcb', 'gzip, gzip, gzip, gzip', 'constructor', 'toString'])(
  '%s can’t be undone',
  async (header) => {
    expect(await decoded(codingsOf(header), inPieces(plain))).toBeUndefined()
  },
)

test('what unpacks to much is unpacked as it is read', async () => {
  let taken = 0
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  const source = Readable.from(
    (function* () {
      for (let at = 0; at < bomb.length; at += 1024) {
        taken = at
        yield bomb.subarray(at, at + 1024)
      }
    })(),
    { objectMode: false },
  )
  const body = await decode('gzip', source)
  for await (const _ of body) break
  expect(taken).toBeLessThan(bomb.length * 0.75)
})

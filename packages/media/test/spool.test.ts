import { createHash } from 'node:crypto'
import { readdir, readlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { describe, expect, test } from 'vitest'
import { spool } from '../src/spool.ts'

const whole = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) % 256))

/** Yields so many bytes at a time, again and again, and tells what was taken and whether it was let go. */
function aBody(bytes: Buffer, { endless = false } = {}) {
  const seen = { chunks: 0, isOver: false }
  async function* chunks() {
    try {
      do {
        for (let at = 0; at < bytes.length; at += 1000) {
          seen.chunks += 1
          yield bytes.subarray(at, at + 1000)
        }
      } while (endless)
    } finally {
      seen.isOver = true
    }
  }
  return { seen, body: chunks() }
}

async function openFilesIn(folder: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter((path) => path.startsWith(folder))
}

test('a body is counted, hashed and read in spans and from the beginning', async () => {
  await using file = await spool(aBody(whole).body, { maxBytes: whole.length, folder: aFolder() })
  expect(file).toMatchObject({
    bytes: whole.length,
    sha256: createHash('sha256').update(whole).digest('hex'),
  })
  expect(await file.read(100_000, 200_000)).toEqual(whole.subarray(100_000, 200_001))
  expect(await file.read(299_999, 400_000)).toEqual(whole.subarray(299_999))
  expect(await file.read(300_000, 400_000)).toEqual(Buffer.alloc(0))
  const [one, other] = await Promise.all([buffer(file.stream()), buffer(file.stream())])
  expect(one.equals(whole) && other.equals(whole)).toBe(true)
})

test('an empty body is an empty file', async () => {
  await using file = await spool(aBody(Buffer.alloc(0)).body, { maxBytes: 10, folder: aFolder() })
  expect(file.bytes).toBe(0)
  expect(await buffer(file.stream())).toEqual(Buffer.alloc(0))
})

test('a file has no name while it is kept, and is closed with its last use', async () => {
  const folder = aFolder()
  const file = await spool(aBody(whole).body, { maxBytes: whole.length, folder })
  expect(await readdir(folder)).toEqual([])
  await file[Symbol.asyncDispose]()
  await expect(file.read(0, 1)).rejects.toThrow()
})

describe('nothing is left', () => {
  const failures: [string, () => Promise<unknown>, unknown][] = [
    ['a body that is too large', () => tryTo(aBody(whole, { endless: true }).body), { code: 'too_large' }],
    ['a body that stalls', () => tryTo(stalled(), { idleMs: 10 }), { code: 'too_slow' }],
    ['a body that throws', () => tryTo(throwing()), { message: 'connection reset' }],
    ['a body that was given up', () => tryTo(stalled(), { signal: AbortSignal.abort('gone') }), 'gone'],
  ]
  let folder = ''
  const tryTo = (body: AsyncIterable<Uint8Array>, options = {}) => {
    folder = aFolder()
    return spool(body, { maxBytes: 20_000, folder, ...options }).catch((error: unknown) => error)
  }

  test.each(failures)('of %s', async (_, attempt, error) => {
    const failed = await attempt()
    if (typeof error === 'string') expect(failed).toBe(error)
    else expect(failed).toMatchObject(error as object)
    expect(await readdir(folder)).toEqual([])
    if (process.platform === 'linux') expect(await openFilesIn(folder)).toEqual([])
  })
})

async function* stalled(): AsyncGenerator<Uint8Array> {
  yield whole.subarray(0, 1000)
  await new Promise(() => {})
}

async function* throwing(): AsyncGenerator<Uint8Array> {
  yield whole.subarray(0, 1000)
  throw new Error('connection reset')
}

test('a body that is too large is read no further', async () => {
  const { seen, body } = aBody(whole, { endless: true })
  await expect(spool(body, { maxBytes: 2500, folder: aFolder() })).rejects.toThrow()
  await expect.poll(() => seen).toEqual({ chunks: 3, isOver: true })
})

test('a stream that stalls is let go', async () => {
  const body = new Readable({ read() {} })
  body.push(whole.subarray(0, 1000))
  await expect(spool(body, { maxBytes: 2500, idleMs: 10, folder: aFolder() })).rejects.toThrow('no byte')
  expect(body.destroyed).toBe(true)
})

test('a body is let go while it is given up', async () => {
  const body = new Readable({ read() {} })
  const abort = new AbortController()
  const spooling = spool(body, { maxBytes: 2500, signal: abort.signal, folder: aFolder() })
  abort.abort(new Error('the client left'))
  await expect(spooling).rejects.toThrow('the client left')
  expect(body.destroyed).toBe(true)
})

test('a body is let go where nothing can be written', async () => {
  const body = Readable.from([whole])
  await expect(spool(body, { maxBytes: 10, folder: `${aFolder()}/missing` })).rejects.toThrow('ENOENT')
  expect(body.destroyed).toBe(true)
})

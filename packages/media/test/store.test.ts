import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import type { ByteSpan } from '../src/store.ts'
import { failingAfter, MIB, piecesOf, sha256Of, silentAfter, someBytes } from './bytes.ts'
import { aFolderStore, anS3Store, keysIn, type TestStore } from './stores.ts'

const key = 'clips/video_1/a-0'

describe.each<[string, () => Promise<TestStore>]>([
  ['a folder', aFolderStore],
  ['S3', anS3Store],
])('%s', (_, aStore) => {
  test.each([0, 1, 8 * MIB, 20 * MIB])('keeps %i bytes and tells their hash', async (length) => {
    const { store, unfinished } = await aStore()
    const bytes = someBytes(length)
    expect(await store.put(key, piecesOf(bytes))).toEqual({ bytes: length, sha256: sha256Of(bytes) })

    expect(await store.size(key)).toBe(length)
    await expectBytes(store, bytes)
    expect(unfinished()).toEqual([])
  })

  test('takes a stream as it takes a generator', async () => {
    const { store } = await aStore()
    const bytes = someBytes(MIB)
    await store.put(key, Readable.from(piecesOf(bytes)), { type: 'video/mp4' })
    await expectBytes(store, bytes)
  })

  test.each([
    [0, 99],
    [1, 1],
    [10, 19],
    [99, 99],
    [90, 1000],
    [100, 100],
  ])('opens the span from %i to %i of a hundred bytes', async (first, last) => {
    const { store } = await aStore()
    const bytes = someBytes(100)
    await store.put(key, piecesOf(bytes))
    await expectBytes(store, bytes.subarray(first, last + 1), { first, last })
  })

  test('says undefined of what it has not', async () => {
    const { store } = await aStore()
    await store.put('clips/other/b', piecesOf(someBytes(1)))
    for (const missing of [key, 'clips/other', 'pictures/a']) {
      expect(await store.size(missing)).toBeUndefined()
      expect(await store.open(missing)).toBeUndefined()
      expect(await store.open(missing, { first: 0, last: 1 })).toBeUndefined()
    }
  })

  test('replaces what is there only once the new is whole', async () => {
    const { store } = await aStore()
    const old = someBytes(MIB)
    await store.put(key, piecesOf(old))
    await expect(store.put(key, failingAfter(9 * MIB, new Error('cut')))).rejects.toThrow('cut')
    await expectBytes(store, old)

    const bytes = someBytes(9 * MIB)
    await store.put(key, piecesOf(bytes))
    await expectBytes(store, bytes)
  })

  test('removes once and again', async () => {
    const { store } = await aStore()
    await store.put(key, piecesOf(someBytes(1)))
    await store.remove(key)
    await store.remove(key)
    await store.remove('pictures/never')
    expect(await store.size(key)).toBeUndefined()
  })

  test.each([0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 17 * MIB])(
    'leaves nothing of a body that fails after %i bytes',
    async (length) => {
      const { store, unfinished } = await aStore()
      const error = new Error('upstream cut it')
      await expect(store.put(key, failingAfter(length, error))).rejects.toBe(error)
      await expectNothing({ store, unfinished })
    },
  )

  test('leaves nothing of a body that is too late for its signal', async () => {
    const { store, unfinished } = await aStore()
    const leaving = new AbortController()
    const put = store.put(
      key,
      silentAfter(9 * MIB, () => leaving.abort(new Error('shutdown'))),
      leaving,
    )
    await expect(put).rejects.toThrow('shutdown')
    await expectNothing({ store, unfinished })
  })

  test('reads nothing under a signal that has come', async () => {
    const { store, unfinished } = await aStore()
    const body = Readable.from(piecesOf(someBytes(10)))
    const put = store.put(key, body, { signal: AbortSignal.abort(new Error('shutdown')) })
    await expect(put).rejects.toThrow('shutdown')
    expect(body.destroyed).toBe(true)
    await expectNothing({ store, unfinished })
  })

  test('lets a silent stream go when it leaves it', async () => {
    const { store } = await aStore()
    const leaving = new AbortController()
    const body = new Readable({ read: vi.fn(() => leaving.abort(new Error('shutdown'))) })
    await expect(store.put(key, body, leaving)).rejects.toThrow('shutdown')
    expect(body.destroyed).toBe(true)
  })

  test('lists what begins so', async () => {
    const { store } = await aStore()
    expect(await keysIn(store)).toEqual([])
    const keys = ['clips/a/1', 'clips/ab/1', 'clips/b/1', 'pictures/a']
    for (const each of keys) await store.put(each, piecesOf(someBytes(5)))

    expect(await keysIn(store)).toEqual(keys)
    expect(await keysIn(store, 'clips/')).toEqual(keys.slice(0, 3))
    expect(await keysIn(store, 'clips/a')).toEqual(keys.slice(0, 2))
    expect(await keysIn(store, 'clips/a/')).toEqual(keys.slice(0, 1))
    expect(await keysIn(store, 'frames/')).toEqual([])
    for await (const { bytes, modifiedAt } of store.list('pictures/')) {
      expect(bytes).toBe(5)
      expect(Math.abs(modifiedAt.getTime() - Date.now())).toBeLessThan(600_000)
    }
  })

  test('is checked without a trace', async () => {
    const { store, unfinished } = await aStore()
    await store.check()
    await expectNothing({ store, unfinished })
  })

  test('removes what was begun long ago and never ended', async () => {
    const { store, begin, unfinished } = await aStore()
    await store.put(key, piecesOf(someBytes(1)))
    const names = ['a', 'b', 'c', 'd', 'e']
    names.forEach(begin)
    expect(await store.removeUnfinished(new Date(Date.now() - 86_400_000))).toBe(0)
    expect(unfinished()).toEqual(names)
    expect(await store.removeUnfinished(new Date(Date.now() + 86_400_000))).toBe(5)
    expect(unfinished()).toEqual([])
    expect(await keysIn(store)).toEqual([key])
  })

  test.each(['', 'clips', 'clips/', '/clips/a', 'clips/../a', 'clips/a.mp4', 'Clips/a', 'tmp/a'])(
    'takes no key like %o',
    async (wrong) => {
      const { store } = await aStore()
      const body = piecesOf(someBytes(1))
      await expect(store.put(wrong, body)).rejects.toThrow(TypeError)
      await expect(store.size(wrong)).rejects.toThrow(TypeError)
      await expect(store.open(wrong)).rejects.toThrow(TypeError)
      await expect(store.remove(wrong)).rejects.toThrow(TypeError)
    },
  )
})

async function read(store: TestStore['store'], of: string, span?: ByteSpan): Promise<Buffer> {
  const stream = await store.open(of, span)
  if (!stream) throw new Error('missing')
  return buffer(stream)
}

/** Quicker than to compare them one by one, and failures show no megabytes. */
async function expectBytes(store: TestStore['store'], bytes: Buffer, span?: ByteSpan): Promise<void> {
  const found = await read(store, key, span)
  expect({ length: found.length, isSame: found.equals(bytes) }).toEqual({
    length: bytes.length,
    isSame: true,
  })
}

async function expectNothing({ store, unfinished }: Pick<TestStore, 'store' | 'unfinished'>): Promise<void> {
  expect(await keysIn(store)).toEqual([])
  expect(unfinished()).toEqual([])
}

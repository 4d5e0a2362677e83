import { randomUUID } from 'node:crypto'
import { open, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { checkByWriting } from './check.ts'
import { folderError, unlessMissing } from './folder/errors.ts'
import { filesWithKeys, makeFolder, removeOlder } from './folder/files.ts'
import { checkKey } from './keys.ts'
import { type Measured, measure } from './measured.ts'
import { readingOf } from './reading.ts'
import type { MediaStore } from './store.ts'

/** Half of what reading costs with Node's own 64 KiB; a reader that stands still holds twice as much. */
const READ_BYTES = 128 * 1024
const MOST_MOVES = 5

/** Keeps objects as files of a folder that several processes may share. The folder is made when it is first written. */
export function openFolderStore(folder: string): MediaStore {
  const root = resolve(folder)
  const unfinished = join(root, 'tmp')
  const pathOf = (key: string) => {
    checkKey(key)
    return join(root, key)
  }

  const store: MediaStore = {
    async put(key, body, { signal } = {}) {
      const path = pathOf(key)
      const measured = measure(body, signal)
      const written = join(unfinished, randomUUID())
      try {
        await writeWhole(written, measured)
        signal?.throwIfAborted()
        await moveTo(path, written)
        return measured.digest()
      } catch (error) {
        // What can't be removed now is for removeUnfinished.
        await rm(written, { force: true }).catch(() => {})
        signal?.throwIfAborted()
        throw measured.failure() ?? folderError(error)
      } finally {
        measured.leave()
      }
    },

    size: async (key) => toldByStore(sizeOf(pathOf(key))),

    async open(key, span) {
      const path = pathOf(key)
      if ((await toldByStore(sizeOf(path))) === undefined) return undefined
      const file = await toldByStore(unlessMissing(open(path)))
      const range = span && { start: span.first, end: span.last }
      const source = file?.createReadStream({ highWaterMark: READ_BYTES, ...range })
      return source && readingOf(source, { failure: folderError })
    },

    remove: async (key) => toldByStore(removeFile(pathOf(key), { isDeep: key.split('/').length > 2 })),

    async *list(prefix) {
      try {
        yield* filesWithKeys(root, prefix)
      } catch (error) {
        throw folderError(error)
      }
    },

    removeUnfinished: (before) => toldByStore(removeOlder(unfinished, before)),

    check: () => checkByWriting(store),

    close() {},
  }
  return store
}

async function writeWhole(path: string, { chunks }: Measured): Promise<void> {
  await makeFolder(dirname(path))
  await writeFile(path, chunks, { flag: 'wx', flush: true })
}

async function moveTo(path: string, written: string): Promise<void> {
  for (let left = MOST_MOVES; ; left -= 1) {
    try {
      await makeFolder(dirname(path))
      await rename(written, path)
      break
    } catch (error) {
      // The folder goes when another removes the last that was in it.
      if (left === 1) throw error
      unlessOneOf('ENOENT')(error)
    }
  }
  await flushFolder(dirname(path))
}

async function removeFile(path: string, { isDeep }: { isDeep: boolean }): Promise<void> {
  await rm(path, { force: true })
  if (isDeep) await rmdir(dirname(path)).catch(unlessOneOf('ENOENT', 'ENOTEMPTY', 'EEXIST'))
}

/** So that a name outlives a power cut as its bytes do. Some network file systems can't. */
async function flushFolder(path: string): Promise<void> {
  const folder = await unlessMissing(open(path))
  try {
    await folder?.sync()
  } catch (error) {
    unlessOneOf('EINVAL')(error)
  } finally {
    await folder?.close()
  }
}

function unlessOneOf(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await unlessMissing(stat(path))
  return found?.isFile() ? found.size : undefined
}

function toldByStore<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw folderError(error)
  })
}

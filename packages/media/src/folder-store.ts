import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { checkByWriting } from './check.ts'
import { folderError, unlessMissing } from './folder/errors.ts'
import { filesWithKeys, makeFolder, removeOlder } from './folder/files.ts'
import { checkKey } from './keys.ts'
import { type Measured, measure } from './measured.ts'
import { readingOf } from './reading.ts'
import type { MediaStore } from './store.ts'

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
      const source = file?.createReadStream(span && { start: span.first, end: span.last })
      return source && readingOf(source, { failure: folderError })
    },

    remove: async (key) => toldByStore(rm(pathOf(key), { force: true })),

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
  const parent = dirname(path)
  await makeFolder(parent)
  await rename(written, path)
  await flushFolder(parent)
}

/** So that a name outlives a power cut as its bytes do. Some network file systems can't. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
  } finally {
    await folder.close()
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

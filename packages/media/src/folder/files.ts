import type { Dir, Dirent } from 'node:fs'
import { mkdir, opendir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isKey } from '../keys.ts'
import type { Listed } from '../store.ts'
import { unlessMissing } from './errors.ts'

/** Files whose path below the root is a key that begins so. Whatever else lies there is passed over. */
export async function* filesWithKeys(root: string, prefix: string, parent = ''): AsyncGenerator<Listed> {
  for await (const entry of entriesOf(join(root, parent))) {
    const key = parent + entry.name
    const inner = `${key}/`
    if (entry.isDirectory()) {
      const mayMatch = inner.startsWith(prefix) || prefix.startsWith(inner)
      if (mayMatch && isKey(`${inner}x`)) yield* filesWithKeys(root, prefix, inner)
    } else if (key.startsWith(prefix) && isKey(key)) {
      const found = await unlessMissing(stat(join(root, key)))
      if (found?.isFile()) yield { key, bytes: found.size, modifiedAt: found.mtime }
    }
  }
}

export async function removeOlder(folder: string, before: Date): Promise<number> {
  let removed = 0
  for await (const { name } of entriesOf(folder)) {
    const path = join(folder, name)
    const found = await unlessMissing(stat(path))
    if (!found || found.mtime >= before) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

/** Makes a folder and those it is in. Node's own way says of a read only disk that the folder is missing. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT') throw error
    await makeFolder(dirname(path))
    await mkdir(path, { recursive: true })
  }
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  const entries: Dir | undefined = await unlessMissing(opendir(folder))
  if (entries) yield* entries
}

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { onTestFinished } from 'vitest'
import { openStore } from '../src/open-store.ts'
import type { MediaStore } from '../src/store.ts'
import { anS3Server } from './s3-server.ts'

/** A store of its own for one test, and the names of what was begun in it and is not whole. */
export type TestStore = { store: MediaStore; begin: (name: string) => void; unfinished: () => string[] }

export async function aFolderStore(folder = join(aFolder(), 'media')) {
  const store = await openStore({ folder })
  onTestFinished(() => store.close())
  const tmp = join(folder, 'tmp')
  const begin = (name: string) => {
    mkdirSync(tmp, { recursive: true })
    writeFileSync(join(tmp, name), '')
  }
  return { store, folder, begin, unfinished: () => (existsSync(tmp) ? readdirSync(tmp) : []) }
}

export async function anS3Store() {
  const { options, ...server } = await anS3Server()
  const store = await openStore({ s3: options })
  onTestFinished(() => store.close())
  return { store, ...server }
}

export async function keysIn(store: MediaStore, prefix = ''): Promise<string[]> {
  const listed = await Array.fromAsync(store.list(prefix))
  return listed.map(({ key }) => key).sort()
}

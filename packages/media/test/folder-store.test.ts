import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, onTestFinished, test } from 'vitest'
import { openFolderStore } from '../src/folder-store.ts'
import { StoreError } from '../src/store.ts'
import { MIB, piecesOf, sha256Of, someBytes } from './bytes.ts'
import { aFolderStore, keysIn } from './stores.ts'

const key = 'clips/a'
const child = join(import.meta.dirname, 'children/put.ts')
const tomorrow = () => new Date(Date.now() + 86_400_000)

test('a process that is killed while it writes leaves nothing under the key', async () => {
  const { store, folder, unfinished } = await aFolderStore()
  const process = aChild([folder, '2', 'waits'])
  await once(process.stdout as Readable, 'data')
  process.kill('SIGKILL')
  await once(process, 'close')

  expect(await store.size(key)).toBeUndefined()
  expect(await keysIn(store)).toEqual([])
  expect(unfinished()).toHaveLength(1)
  expect(await store.removeUnfinished(new Date(Date.now() - 86_400_000))).toBe(0)
  expect(await store.removeUnfinished(tomorrow())).toBe(1)
  expect(unfinished()).toEqual([])
})

test('one of two bodies is kept whole when both come at once', async () => {
  const { store, folder, unfinished } = await aFolderStore()
  const bodies = [someBytes(3 * MIB), someBytes(2 * MIB)]
  const puts = [store, openFolderStore(folder)].map((each, at) =>
    each.put(key, piecesOf(bodies[at] as Buffer)),
  )
  const digests = await Promise.all(puts)
  expect(digests.map(({ sha256 }) => sha256)).toEqual(bodies.map(sha256Of))
  expect(bodies.map(({ length }) => length)).toContain(await store.size(key))
  expect(unfinished()).toEqual([])
})

test('the folder of a task goes with the last of its objects', async () => {
  const { store, folder } = await aFolderStore()
  for (const key of ['clips/one/a', 'clips/one/b', 'clips/two/a', 'pictures/one'])
    await store.put(key, piecesOf(someBytes(10)))
  await store.remove('clips/one/a')
  expect(readdirSync(join(folder, 'clips')).toSorted()).toEqual(['one', 'two'])
  for (const key of ['clips/one/b', 'clips/one/none', 'pictures/one']) await store.remove(key)
  expect(readdirSync(join(folder, 'clips'))).toEqual(['two'])
  expect(readdirSync(join(folder, 'pictures'))).toEqual([])
})

test('what comes while its folder goes is stored', async () => {
  const { store, unfinished } = await aFolderStore()
  const bytes = someBytes(10)
  const putAndRemove = async (key: string) => {
    for (let round = 0; round < 50; round += 1) {
      expect((await store.put(key, piecesOf(bytes))).bytes).toBe(bytes.length)
      await store.remove(key)
    }
  }
  await Promise.all(['clips/one/a', 'clips/one/b', 'clips/one/c'].map(putAndRemove))
  expect(await keysIn(store)).toEqual([])
  expect(unfinished()).toEqual([])
})

test('a reader that leaves gives its file back', async () => {
  const { store, folder } = await aFolderStore()
  await store.put(key, piecesOf(someBytes(MIB)))
  const unread = await store.open(key)
  const begun = await store.open(key)
  await once(begun as Readable, 'readable')
  expect(openFilesIn(folder)).toHaveLength(2)
  unread?.destroy()
  begun?.destroy()
  await expect.poll(() => openFilesIn(folder)).toEqual([])
})

test('a reader that has begun reads on when the object is removed', async () => {
  const { store } = await aFolderStore()
  await store.put(key, Readable.from([Buffer.from('all of it')]))
  const reader = await store.open(key)
  await store.remove(key)
  expect(await text(reader as Readable)).toBe('all of it')
})

test('what is not ours in the folder is passed over', async () => {
  const { store, folder } = await aFolderStore()
  await store.put(key, piecesOf(someBytes(1)))
  mkdirSync(join(folder, 'lost+found/a'), { recursive: true })
  for (const name of ['README', 'clips/.DS_Store', 'clips/a.mp4', 'lost+found/a/b', 'tmp/half']) {
    writeFileSync(join(folder, name), 'x')
  }
  symlinkSync('/nowhere', join(folder, 'clips/gone'))
  expect(await keysIn(store)).toEqual([key])
})

test('nothing is made before the first object is', async () => {
  const { store, folder } = await aFolderStore()
  expect(await store.size(key)).toBeUndefined()
  expect(await keysIn(store)).toEqual([])
  expect(await store.removeUnfinished(tomorrow())).toBe(0)
  expect(readdirSync(join(folder, '..'))).toEqual([])
})

test('a file in the place of the folder is told as such', async () => {
  const file = join(aFolder(), 'media')
  writeFileSync(file, '')
  const store = openFolderStore(file)
  const notAFolder = new StoreError('MEDIA_DIR is no folder (ENOTDIR)')
  const body = Readable.from([Buffer.from('x')])
  await expect(store.put(key, body)).rejects.toEqual(notAFolder)
  expect(body.destroyed).toBe(true)
  await expect(store.check()).rejects.toEqual(notAFolder)
  await expect(store.size(key)).rejects.toEqual(notAFolder)
  await expect(store.open(key)).rejects.toEqual(notAFolder)
  await expect(store.remove(key)).rejects.toEqual(notAFolder)
  await expect(store.removeUnfinished(tomorrow())).rejects.toEqual(notAFolder)
  await expect(keysIn(store)).rejects.toEqual(notAFolder)
})

test('an error of the body that looks like the store’s stays the body’s', async () => {
  const { store } = await aFolderStore()
  const error = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' })
  const body = new Readable({ read() {} }).destroy(error)
  await expect(store.put(key, body)).rejects.toBe(error)
})

test('a full disk is told as such and nothing is left on it', async ({ skip }) => {
  const folder = aMount('size=1m')
  if (!folder) return skip('this user may not mount')
  const { store, unfinished } = await aFolderStore(folder)
  const full = new StoreError('MEDIA_DIR is full (ENOSPC)')
  await expect(store.put(key, piecesOf(someBytes(2 * MIB)))).rejects.toEqual(full)
  expect(unfinished()).toEqual([])
  expect(await keysIn(store)).toEqual([])
  await store.put(key, piecesOf(someBytes(MIB / 2)))
  await store.check()
})

test('a folder that is read only is told as such', async ({ skip }) => {
  const folder = aMount('ro')
  if (!folder) return skip('this user may not mount')
  const { store } = await aFolderStore(folder)
  const readOnly = new StoreError('MEDIA_DIR is read only (EROFS)')
  await expect(store.put(key, piecesOf(someBytes(1)))).rejects.toEqual(readOnly)
  await expect(store.check()).rejects.toEqual(readOnly)
  expect(await store.size(key)).toBeUndefined()
})

test('a file that grows over the limit of the process is told as such', async () => {
  const { folder, unfinished } = await aFolderStore()
  const process = aChild([folder, '3'], 'ulimit -f 1024; ')
  expect(await text(process.stdout as Readable)).toBe(
    'StoreError: MEDIA_DIR takes no file of this size (EFBIG)',
  )
  expect(unfinished()).toEqual([])
})

test('too many open files are told as such', async () => {
  const { folder } = await aFolderStore()
  const process = aChild([folder, '1', 'crowded'], 'ulimit -n 64; ')
  expect(await text(process.stdout as Readable)).toMatch(/^StoreError: .*too many files open \(EMFILE\)$/)
})

function aChild(args: string[], limits = ''): ChildProcess {
  const command = `${limits}exec "$0" "$@"`
  const started = spawn('sh', ['-c', command, process.execPath, child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void started.kill('SIGKILL'))
  return started
}

/** A small disk of its own; undefined where this user may not mount one. */
function aMount(options: string): string | undefined {
  const folder = join(aFolder(), 'disk')
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  return folder
}

function openFilesIn(folder: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => linkOf(`/proc/self/fd/${fd}`))
    .filter((path) => path.startsWith(folder))
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

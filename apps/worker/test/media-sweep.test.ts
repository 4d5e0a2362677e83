import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { firstCredential } from '@reelay/contracts/credential'
import { ExternalTaskId } from '@reelay/contracts/task'
import { releaseLease, takeLease } from '@reelay/db/leases'
import type { StoredClip, TaskRow } from '@reelay/db/schema'
import { newClipKey, pictureKey } from '@reelay/media/object-keys'
import { StoreError } from '@reelay/media/store'
import { createEvents } from '@reelay/telemetry/events'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aFolderStore, keysIn } from '../../../packages/media/test/stores.ts'
import { startSweepingMedia, sweepMedia } from '../src/media-sweep.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

const DAY_MS = 86_400_000
const policy = { retentionMs: undefined, orphanMs: DAY_MS }
const never = new AbortController().signal
const aDayAgo = new Date(Date.now() - DAY_MS - 60_000)
const bytes = Buffer.from('bytes of a clip')
const accepted = {
  externalTaskId: ExternalTaskId.parse('up_1'),
  credential: firstCredential,
  acceptedAt: new Date(),
}

let worker: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
})
afterAll(() => worker.close())

describe('a clip that has been kept for long enough', () => {
  const week = { ...policy, retentionMs: 7 * DAY_MS }

  test('goes, and its task stays and is told of', async () => {
    const { store, deps } = await aStore()
    const old = await anArchivedTask(store, new Date(Date.now() - 8 * DAY_MS))
    const young = await anArchivedTask(store, new Date(Date.now() - 6 * DAY_MS))
    worker.announced.length = 0
    expect(await sweepMedia(week, deps)).toMatchObject({ expired: 1 })
    expect(await theTask(old)).toMatchObject({
      status: 'COMPLETED',
      archive: 'removed',
      clip: null,
      version: old.version + 1,
    })
    expect(await theTask(young)).toEqual(young)
    expect(await keysIn(store)).toEqual([young.clip?.key])
    expect(worker.announced).toEqual([{ status: 'COMPLETED', version: old.version + 1 }])
    expect(await sweepMedia(week, deps)).toMatchObject({ expired: 0 })
    await worker.deleteTask(young.videoId)
  })

  test('stays where clips are kept for ever', async () => {
    const { store, deps } = await aStore()
    const old = await anArchivedTask(store, new Date(Date.now() - 9999 * DAY_MS))
    expect(await sweepMedia(policy, deps)).toEqual({ expired: 0, unfinished: 0, orphans: 0 })
    expect(await keysIn(store)).toEqual([old.clip?.key])
    await worker.deleteTask(old.videoId)
  })

  test('goes later where the store is away as its row is changed', async () => {
    const { store, deps, age } = await aStore()
    const old = await anArchivedTask(store, new Date(Date.now() - 8 * DAY_MS))
    age(old.clip?.key ?? '')
    const remove = () => Promise.reject(new StoreError('no route to the store'))
    await expect(sweepMedia(week, { ...deps, store: { ...store, remove } })).rejects.toThrow('no route')
    expect(await theTask(old)).toMatchObject({ archive: 'removed' })
    expect(await sweepMedia(week, deps)).toMatchObject({ expired: 0, orphans: 1 })
    expect(await keysIn(store)).toEqual([])
  })
})

describe('what no row names', () => {
  test('goes when it is older than a day, and not before', async () => {
    const { store, put, deps, age } = await aStore()
    const nobody = await aGoneTask()
    const [oldPicture, oldClip] = [pictureKey(nobody), newClipKey(nobody)]
    const other = await aGoneTask()
    const [youngPicture, youngClip] = [pictureKey(other), newClipKey(other)]
    for (const key of [oldPicture, oldClip, youngPicture, youngClip]) await put(key)
    age(oldPicture)
    age(oldClip)
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 2 })
    expect(await keysIn(store)).toEqual([youngClip, youngPicture].sort())
  })

  test('is a clip that was stored twice, but not the one that counts, nor its thumbnail', async () => {
    const { store, put, deps, age } = await aStore()
    const task = await anArchivedTask(store, new Date())
    const [twin, thumbnail] = [newClipKey(task.videoId), newClipKey(task.videoId)]
    const clip = {
      ...(task.clip as StoredClip),
      thumbnail: { key: thumbnail, bytes: 1, sha256: 'a', type: 'image/webp' },
    }
    await worker.alter(task.videoId, { clip })
    for (const key of [twin, thumbnail]) await put(key)
    for (const key of [twin, thumbnail, clip.key]) age(key)
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 1 })
    expect(await keysIn(store)).toEqual([clip.key, thumbnail].sort())
  })

  test('is no picture of a task, whatever became of that', async () => {
    const { store, put, deps, age } = await aStore()
    const tasks = await Promise.all(
      (['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const).map((status) =>
        worker.aTask({ status, ...(status === 'PROCESSING' && accepted) }),
      ),
    )
    const keys = tasks.map(({ videoId }) => pictureKey(videoId)).sort()
    for (const key of keys) {
      await put(key)
      age(key)
    }
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 0 })
    expect(await keysIn(store)).toEqual(keys)
  })

  test('is all that there was of a deleted task', async () => {
    const { store, put, deps, age } = await aStore()
    const { userId, videoId } = await worker.aTask({ status: 'COMPLETED' })
    for (const key of [pictureKey(videoId), newClipKey(videoId)]) {
      await put(key)
      age(key)
    }
    await worker.moves.delete(userId, videoId)
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 2 })
    expect(await keysIn(store)).toEqual([])
  })

  test('is all that a deleted user had', async () => {
    const { store, put, deps, age } = await aStore()
    const leaver = await worker.aUser(`leaver-${Date.now()}`)
    const { videoId } = await worker.aTask({ userId: leaver.id, status: 'COMPLETED' })
    const clip = newClipKey(videoId)
    await worker.alter(videoId, {
      archive: 'done',
      clip: { key: clip, bytes: 1, sha256: 'a', type: 'video/mp4' },
    })
    for (const key of [pictureKey(videoId), clip]) {
      await put(key)
      age(key)
    }
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 0 })
    await worker.deleteUser(leaver.id)
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 2 })
    expect(await keysIn(store)).toEqual([])
  })

  test('is found among more than are looked up at once', async () => {
    const { store, put, deps, age } = await aStore()
    const task = await worker.aTask()
    await put(pictureKey(task.videoId))
    age(pictureKey(task.videoId))
    for (let nth = 0; nth < 1200; nth += 1) {
      const key = `pictures/video_${1_700_000_000_000 + nth}_nobodys00`
      await put(key)
      age(key)
    }
    expect(await sweepMedia(policy, deps)).toMatchObject({ orphans: 1200 })
    expect(await keysIn(store)).toEqual([pictureKey(task.videoId)])
  })
})

test('what is none of ours stays, however old it is', async () => {
  const { store, put, deps, age, folder } = await aStore()
  const foreign = [
    'clips/holiday/one',
    'pictures/cat',
    'clips/video_1/a',
    'other/video_1700000000000_nobodys00',
  ]
  for (const key of foreign) {
    await put(key)
    age(key)
  }
  writeFileSync(join(folder, 'pictures', 'README.txt'), 'not ours')
  age('pictures/README.txt')
  expect(await sweepMedia(policy, deps)).toEqual({ expired: 0, unfinished: 0, orphans: 0 })
  expect(await keysIn(store)).toEqual([...foreign].sort())
  expect(readdirSync(join(folder, 'pictures'))).toContain('README.txt')
})

test('what was begun and never ended goes after a day', async () => {
  const { begin, unfinished, deps, age } = await aStore()
  begin('old')
  begin('young')
  age('tmp/old')
  expect(await sweepMedia(policy, deps)).toMatchObject({ unfinished: 1 })
  expect(unfinished()).toEqual(['young'])
})

test('of two workers one sweeps, and the other does once that one has left', async () => {
  const { deps } = await aStore()
  const [first, second] = [aSweeper('first'), aSweeper('second')]
  await expect.poll(() => first.tries() > 1 || second.tries() > 1).toBe(true)
  await expect.poll(() => Math.min(first.tries(), second.tries())).toBeGreaterThan(0)
  const [one, other] = first.swept() > 0 ? [first, second] : [second, first]
  expect([one.swept(), other.swept()]).toEqual([1, 0])
  await one.stop()
  await expect.poll(other.swept).toBe(1)
  await other.stop()

  function aSweeper(holder: string) {
    const swept = vi.fn()
    const take = vi.fn(() => takeLease(worker.db, 'media-sweep', holder, 60_000))
    const lease = { take, giveBack: () => releaseLease(worker.db, 'media-sweep', holder) }
    const events = createEvents().on('mediaSwept', swept)
    // Who has no turn asks ten times as often.
    const sweeping = startSweepingMedia(policy, { ...deps, events, lease, intervalMs: 2000, log: worker.log })
    return { stop: sweeping.stop, swept: () => swept.mock.calls.length, tries: () => take.mock.calls.length }
  }
})

/** A store of its own for one test, and what a sweep of it uses. */
async function aStore() {
  const opened = await aFolderStore()
  const { store, folder } = opened
  const { tasks, moves, announce } = worker.deps
  return {
    ...opened,
    deps: { tasks, moves, announce, store, stopping: never, events: createEvents() },
    put: (key: string) => store.put(key, Readable.from([bytes])),
    age: (path: string) => utimesSync(join(folder, path), aDayAgo, aDayAgo),
  }
}

async function anArchivedTask(
  store: Awaited<ReturnType<typeof aStore>>['store'],
  archivedAt: Date,
): Promise<TaskRow> {
  const { videoId } = await worker.aTask({ status: 'COMPLETED', completedAt: archivedAt })
  const key = newClipKey(videoId)
  const digest = await store.put(key, Readable.from([bytes]))
  await worker.alter(videoId, { archive: 'done', archivedAt, clip: { key, ...digest, type: 'video/mp4' } })
  return theTask({ videoId })
}

async function aGoneTask(): Promise<TaskRow['videoId']> {
  const { videoId } = await worker.aTask()
  await worker.deleteTask(videoId)
  return videoId
}

async function theTask({ videoId }: Pick<TaskRow, 'videoId'>): Promise<TaskRow> {
  return (await worker.tasks.find(videoId)) as TaskRow
}

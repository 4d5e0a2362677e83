import { createHash } from 'node:crypto'
import type { JobNotes } from '@reelay/contracts/jobs'
import type { TaskRow } from '@reelay/db/schema'
import { newClipKey } from '@reelay/media/object-keys'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createArchive } from '../src/archive.ts'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker({ archive: { isOn: true } })
  await worker.setScript(0, 0)
})
afterAll(() => worker.close())

test('a completed video is to be archived, and has a job for that', async () => {
  const task = await aCompletedTask('kept')
  expect(task).toMatchObject({ status: 'COMPLETED', archive: 'pending', clip: null })
  expect(await worker.jobState('archive', task)).toBe('waiting')
})

test('its clip is stored byte for byte, and told', async () => {
  const task = await aCompletedTask('kept whole')
  expect(await worker.archive(task, worker.run())).toEqual({ kind: 'done' })
  const kept = await theTask(task)
  const bytes = await clipOf(task)
  expect(kept).toMatchObject({
    status: 'COMPLETED',
    archive: 'done',
    archivedAt: expect.any(Date),
    version: task.version + 1,
    clip: { bytes: bytes.length, sha256: sha256(bytes), type: 'video/mp4' },
  })
  expect(await stored(kept)).toEqual(bytes)
  expect(kept.clip?.thumbnail).toMatchObject({ type: 'image/webp', bytes: expect.any(Number) })
  expect(await worker.store.size(kept.clip?.thumbnail?.key ?? '')).toBe(kept.clip?.thumbnail?.bytes)
  expect(worker.announced.at(-1)).toEqual({ status: 'COMPLETED', version: kept.version })
})

test('a clip that is cut on the way is asked for again from there', async () => {
  const task = await aCompletedTask('kept in two parts')
  await worker.arm('cut', 'content', { count: 1 })
  await archiveToItsEnd(task)
  await worker.disarm()
  const bytes = await clipOf(task)
  expect(await stored(await theTask(task))).toEqual(bytes)
})

test('done once it is not done again', async () => {
  const task = await anArchivedTask('kept once')
  expect(await worker.archive(task, worker.run())).toEqual({ kind: 'done' })
  expect(await theTask(task)).toEqual(task)
  expect(await objectsOf(task)).toEqual(keysOf(task))
})

test('a run that died between the note and the news is made good by the next', async () => {
  const task = await anArchivedTask('kept unheard')
  const before = worker.announced.length
  await worker.archive(task, worker.run())
  expect(worker.announced.slice(before)).toEqual([{ status: 'COMPLETED', version: task.version }])
})

test('of two that archive at once one counts, and the other leaves nothing', async () => {
  const task = await aCompletedTask('kept by two')
  const outcomes = await Promise.all([1, 2, 3].map(() => worker.archive(task, worker.run())))
  expect(outcomes).toEqual([{ kind: 'done' }, { kind: 'done' }, { kind: 'done' }])
  const kept = await theTask(task)
  expect(kept.version).toBe(task.version + 1)
  expect(await objectsOf(task)).toEqual(keysOf(kept))
})

test('a note whose answer was lost keeps the clip', async () => {
  const task = await aCompletedTask('noted unheard')
  let calls = 0
  const archive = createArchive({
    ...worker.deps,
    moves: {
      ...worker.moves,
      async noteClip(...clip) {
        const noted = await worker.moves.noteClip(...clip)
        calls += 1
        if (calls === 1) throw Object.assign(new Error('the connection is gone'), { code: 'ECONNRESET' })
        return noted
      },
    },
  })
  await archive(task, worker.run())
  expect(calls).toBe(2)
  const kept = await theTask(task)
  expect(await objectsOf(task)).toEqual(keysOf(kept))
  expect(worker.announced.at(-1)).toEqual({ status: 'COMPLETED', version: kept.version })
})

test.each([
  ['removed', ({ videoId }: TaskRow) => worker.moves.removeClip(videoId)],
  ['deleted with its task', ({ userId, videoId }: TaskRow) => worker.moves.delete(userId, videoId)],
])('one that its owner %s meanwhile leaves nothing', async (_, remove) => {
  const task = await aCompletedTask('not kept')
  const archive = createArchive({
    ...worker.deps,
    store: {
      ...worker.store,
      async put(...object) {
        const digest = await worker.store.put(...object)
        await remove(task)
        return digest
      },
    },
  })
  expect(await archive(task, worker.run())).toEqual({ kind: 'done' })
  expect(await theTask(task)).toMatchObject({ archive: 'removed', clip: null })
  expect(await objectsOf(task)).toEqual([])
})

describe('upstream that has the clip no more', () => {
  test('is asked again, and then the clip is lost', async () => {
    const task = await aCompletedTask('forgotten')
    await worker.arm('missing', 'content', { count: 1000 })
    await worker.arm('missing', 'retrieve', { count: 1000 })
    const first = await worker.archive(task, worker.run())
    expect(first).toMatchObject({ kind: 'snooze', notes: { misses: 1, missingSince: expect.any(Number) } })
    const long = { misses: 100, missingSince: Date.now() - 86_400_000 }
    expect(await worker.archive(task, worker.run(long))).toEqual({ kind: 'done' })
    await worker.disarm()
    expect(await theTask(task)).toMatchObject({ status: 'COMPLETED', archive: 'lost', clip: null })
    expect(worker.announced.at(-1)).toMatchObject({ status: 'COMPLETED', version: task.version + 1 })
  })
})

test('a clip that is there again was not missed in a row, however its run ends', async () => {
  const task = await aCompletedTask('there again')
  const notes = { misses: 2, missingSince: Date.now() - 86_400_000, failures: 1 }
  expect(await worker.archive(task, worker.run(notes))).toEqual({
    kind: 'snooze',
    ms: 0,
    notes: { failures: 1 },
  })
  expect(await theTask(task)).toEqual(task)
  expect(await objectsOf(task)).toEqual([])
})

describe('trouble', () => {
  test.each(['server_error', 'rate_limit', 'empty'])(
    'with upstream by %s leaves nothing, and is tried again',
    async (fault) => {
      const task = await aCompletedTask(`meets ${fault}`)
      await worker.arm(fault, 'content', { count: 1000 })
      const outcome = await worker.archive(task, worker.run())
      expect(outcome.kind).toBe('snooze')
      await worker.disarm()
      expect(await objectsOf(task)).toEqual([])
      await archiveToItsEnd(task, notesOf(outcome))
      expect((await theTask(task)).clip?.sha256).toBe(sha256(await clipOf(task)))
    },
  )

  test('with the store is no trouble of the task', async () => {
    const task = await aCompletedTask('no room')
    const archive = createArchive({
      ...worker.deps,
      store: { ...worker.store, put: () => Promise.reject(new Error('no space left')) },
    })
    const first = await archive(task, worker.run())
    expect(first).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    expect(await theTask(task)).toEqual(task)
    await archiveToItsEnd(task, notesOf(first))
  })

  test('for longer than any upstream keeps clips ends it', async () => {
    const task = await aCompletedTask('for a week')
    await worker.alter(task.videoId, { completedAt: new Date(Date.now() - 8 * 86_400_000) })
    await worker.arm('server_error', 'content', { count: 1000 })
    expect(await worker.archive(task, worker.run())).toEqual({ kind: 'done' })
    await worker.disarm()
    expect(await theTask(task)).toMatchObject({ archive: 'lost' })
  })
})

test('a worker that loses its lock leaves it to another', async () => {
  const task = await aCompletedTask('taken over')
  const lost = AbortSignal.abort()
  expect(await worker.archive(task, worker.run({ failures: 3 }, lost))).toMatchObject({
    kind: 'snooze',
    notes: { failures: 3 },
  })
  expect(await objectsOf(task)).toEqual([])
})

test('the sweep finds those without a job', async () => {
  const task = await aCompletedTask('job lost')
  await worker.forgetQueues()
  const { sweep } = await import('../src/sweep.ts')
  await sweep(worker)
  expect(await worker.jobState('archive', task)).toBe('waiting')
})

async function aCompletedTask(prompt: string): Promise<TaskRow> {
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  await vi.waitFor(async () => {
    expect(await worker.poll(task)).toEqual({ kind: 'done' })
  })
  return theTask(task)
}

async function anArchivedTask(prompt: string): Promise<TaskRow> {
  const task = await aCompletedTask(prompt)
  await archiveToItsEnd(task)
  return theTask(task)
}

async function archiveToItsEnd(task: TaskRow, notes: JobNotes = {}): Promise<void> {
  const outcome = await worker.archive(task, worker.run(notes))
  if (notes.misses) return archiveToItsEnd(task, notesOf(outcome))
  expect(outcome).toEqual({ kind: 'done' })
  expect(await theTask(task)).toMatchObject({ archive: 'done' })
}

async function theTask({ videoId }: Pick<TaskRow, 'videoId'>): Promise<TaskRow> {
  return (await worker.tasks.find(videoId)) as TaskRow
}

/** What upstream itself serves. */
async function clipOf({ externalTaskId }: TaskRow): Promise<Buffer> {
  const headers = { authorization: 'Bearer sk-test' }
  const answer = await fetch(`${worker.simulator.url}/videos/${externalTaskId}/content`, { headers })
  return Buffer.from(await answer.arrayBuffer())
}

async function stored({ clip }: TaskRow): Promise<Buffer> {
  const body = await worker.store.open(clip?.key ?? '')
  return Buffer.concat(await Array.fromAsync(body ?? []))
}

async function objectsOf({ videoId }: TaskRow): Promise<string[]> {
  const prefix = newClipKey(videoId).replace(/[^/]+$/, '')
  return (await Array.fromAsync(worker.store.list(prefix), ({ key }) => key)).sort()
}

function keysOf({ clip }: TaskRow): (string | undefined)[] {
  return [clip?.key, clip?.thumbnail?.key].sort()
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { credentialOf } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Metadata, StoredClip, TaskRow } from '@reelay/db/schema'
import { newClipKey, pictureKey } from '@reelay/media/object-keys'
import { StoreError } from '@reelay/media/store'
import { type Simulator, startSimulator } from '@reelay/simulator/server'
import { builtIn } from '@reelay/upstream/dialect/built-in'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSteps } from '../src/steps.ts'
import { requestFor } from '../src/submit.ts'
import { aDialect, buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

type Media = { type: string; bytes: number; sha256: string }
type Made = { id: string; sourceBy: string | null; picture: Media | null; clip: Media | null }
type Bill = { total: number; jobs: { prompt: string; source: string | null; made: Made[] }[] }

const clipBytes = readFileSync(
  join(import.meta.dirname, '../../../packages/media/test/fixtures/moov-first.mp4'),
)

let wan: Simulator
let open: Simulator
let simple: Simulator
let worker: TestWorker
beforeEach(async () => {
  wan = await aSimulator('vllm-omni')
  open = await aSimulator('openai')
  simple = await aSimulator('new-api')
  worker = await buildTestWorker({
    upstream: { submitTimeoutMs: 30_000, pollTimeoutMs: 30_000 },
    upstreams: () => [
      anUpstream('wan', wan, 'vllm-omni'),
      anUpstream('simple', simple, 'new-api'),
      anUpstream('open', open, 'openai'),
    ],
  })
})
afterEach(async () => {
  await worker.close()
  await Promise.all([wan, open, simple].map((simulator) => simulator.close()))
})

describe('a remix of an upload', () => {
  test('is made from its clip, as long and large as that', async () => {
    const source = await anUpload({ size: '64x36', seconds: '7' })
    const remix = await aRemix(source, 'of mine', { pinnedTo: 'wan' as never })
    await worker.submit(remix, worker.run())
    const row = await theRow(remix)
    expect(row).toMatchObject({ status: 'PROCESSING', credential: 'wan/a', size: '64x36', seconds: '7' })
    expect(await madeAt(wan, 'of mine')).toMatchObject([
      { id: row.externalTaskId, sourceBy: 'file', clip: { type: 'video/mp4', ...digest(clipBytes) } },
    ])
  })

  test('goes to any upstream that takes clips, and to no other', async () => {
    const source = await anUpload()
    const remixes = await Promise.all(['one', 'two', 'three', 'four'].map((prompt) => aRemix(source, prompt)))
    for (const remix of remixes) await worker.submit(remix, worker.run())
    const rows = await Promise.all(remixes.map(theRow))
    expect(rows.map(credentialOf).sort()).toEqual(['open/a', 'open/a', 'wan/a', 'wan/a'])
    expect((await billOf(simple)).total).toBe(0)
  })

  test('follows where its upstream can’t be reached', async () => {
    await wan.close()
    const remix = await aRemix(await anUpload(), 'elsewhere')
    await submitToItsEnd(remix)
    expect(await theRow(remix)).toMatchObject({ status: 'PROCESSING', credential: 'open/a', attempt: 1 })
  })

  test.each(['wan', 'open'])('whose answer %s loses is found in its list', async (name) => {
    const simulator = name === 'wan' ? wan : open
    const remix = await aRemix(await anUpload(), 'lost and found [fault:accept_reset]', {
      pinnedTo: name as never,
    })
    await worker.submit(remix, worker.run())
    await reconcileToItsEnd(remix)
    expect(await worker.ledger.findSubmission(remix.videoId, 1)).toMatchObject({ outcome: 'adopted' })
    expect((await theRow(remix)).status).toBe('PROCESSING')
    expect((await billOf(simulator)).total).toBe(1)
  })

  test('tried again follows what was paid already', async () => {
    const remix = await aRemix(await anUpload(), 'paid once', { pinnedTo: 'wan' as never })
    await worker.submit(remix, worker.run())
    await worker.cancel(remix.videoId)
    const again = await worker.retry(remix)
    await submitToItsEnd(again)
    expect(await theRow(remix)).toMatchObject({ status: 'PROCESSING', attempt: 2 })
    expect((await billOf(wan)).total).toBe(1)
  })

  test('waits for another with its prompt, which a list could not tell from it', async () => {
    const [one, other] = [await anUpload(), await anUpload()]
    const pinnedTo = 'wan' as never
    const first = await aRemix(one, 'twins [fault:accept_reset]', { pinnedTo })
    const second = await aRemix(other, 'twins [fault:accept_reset]', { pinnedTo })
    await worker.submit(first, worker.run())
    expect(await worker.submit(second, worker.run())).toMatchObject({ kind: 'snooze', notes: { waits: 1 } })
    expect((await billOf(wan)).total).toBe(1)
  })
})

describe('a remix of a video that its upstream makes by its clip only', () => {
  test('sends the clip of our store, with the credential that made it', async () => {
    const source = await aMadeVideo()
    const remix = await aRemix(source, 'by its clip', { pinnedTo: 'wan/a' as never })
    await worker.submit(remix, worker.run())
    expect(await madeAt(wan, 'by its clip')).toMatchObject([{ sourceBy: 'file', clip: digest(clipBytes) }])
  })

  test('whose answer is lost is found in the list', async () => {
    const source = await aMadeVideo()
    const remix = await aRemix(source, 'by a clip [fault:accept_reset]', { pinnedTo: 'wan/a' as never })
    await worker.submit(remix, worker.run())
    await reconcileToItsEnd(remix)
    expect(await theRow(remix)).toMatchObject({ status: 'PROCESSING', credential: 'wan/a' })
  })
})

test('an upstream that knows the video is told its id, and gets no clip', async () => {
  const response = await fetch(`${open.url}/videos`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'the source' }),
  })
  const { id } = (await response.json()) as { id: ExternalTaskId }
  const source = await aMadeVideo({ externalTaskId: id, credential: 'open/a' as never })
  const remix = await aRemix(source, 'by its id', { pinnedTo: 'open/a' as never })
  await worker.submit(remix, worker.run())
  expect(await madeAt(open, 'by its id')).toMatchObject([{ sourceBy: 'id', clip: null }])

  const later = await aRemix(source, 'after its deletion', { pinnedTo: 'open/a' as never })
  await deletedByOwner(source)
  await worker.submit(later, worker.run())
  expect(await theRow(later)).toMatchObject({ status: 'PROCESSING' })
  expect(await madeAt(open, 'after its deletion')).toMatchObject([{ sourceBy: 'id', clip: null }])
})

describe('nothing is paid', () => {
  test.each([
    ['from the row', async ({ videoId }: TaskRow) => void (await worker.moves.removeClip(videoId))],
    ['from the store', async ({ clip }: TaskRow) => worker.store.remove(clip?.key ?? '')],
    ['with its source', async ({ videoId }: TaskRow) => worker.deleteTask(videoId)],
    ['since its owner deleted it', async (source: TaskRow) => void (await deletedByOwner(source))],
  ])('for a remix whose clip is gone %s', async (_, lose) => {
    const source = await anUpload()
    const remix = await aRemix(source, 'of nothing', { pinnedTo: 'wan' as never })
    await lose(source)
    expect(await worker.submit(remix, worker.run())).toEqual({ kind: 'done' })
    await expectLost(remix, 'the clip of the source is no longer in our store')

    const again = await worker.retry(remix)
    expect(await worker.submit(again, worker.run())).toEqual({ kind: 'done' })
    await expectLost(again, 'the clip of the source is no longer in our store')
    expect((await billOf(wan)).total).toBe(0)
  })

  test('for a first video whose picture is gone', async () => {
    const task = await withPicture('of no picture')
    await worker.store.remove(pictureKey(task.videoId))
    expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
    await expectLost(task, 'the picture is no longer in our store')
    expect((await billOf(open)).total).toBe(0)
  })
})

test('a store that is away is waited for, and no other upstream is asked meanwhile', async () => {
  let isAway = true
  const store: typeof worker.store = {
    ...worker.store,
    open: (...asked) =>
      isAway ? Promise.reject(new StoreError('the store is away')) : worker.store.open(...asked),
  }
  const { submit } = createSteps(stepsConfig, { ...worker.deps, store })
  const [remix, first] = [await aRemix(await anUpload(), 'later'), await withPicture('later, too')]
  for (const task of [remix, first]) {
    const outcome = await submit(task, worker.run())
    expect(outcome).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    expect(await submit(task, worker.run(notesOf(outcome)))).toMatchObject({ notes: { failures: 2 } })
    expect(await worker.ledger.findSubmission(task.videoId, 1)).toBeUndefined()
    expect(await theRow(task)).toMatchObject({ status: 'QUEUED', version: task.version })
  }
  isAway = false
  for (const task of [remix, first]) {
    await submit(task, worker.run())
    expect(await theRow(task)).toMatchObject({ status: 'PROCESSING', attempt: 1 })
  }
})

test.each<[string, Metadata, object | undefined]>([
  ['a first video', {}, undefined],
  ['an upload', { type: 'upload' }, undefined],
  ...(['remix', 'edit', 'extension'] as const).flatMap((kind): [string, Metadata, object][] => [
    [`a ${kind} of a video`, { type: kind, remix_from_external: 'up_1' as never }, { kind, id: 'up_1' }],
    [`a ${kind} of an upload`, { type: kind, remix_from: 'video_1767225600000_k3x9q0zt' as never }, { kind }],
  ]),
])('%s is asked for with its source', async (_, metadata, source) => {
  expect(requestFor(await worker.aTask({ metadata })).source).toEqual(source)
})

test.each<Metadata>([
  { type: 'remix' },
  { type: 'remix', remix_from: 'what' as never },
  { type: 'edit' },
  { type: 'extension', remix_from_external: [] as never },
  { remix_from_external: 7 as never },
])('%j is made of nothing', async (metadata) => {
  const task = await worker.aTask({ metadata })
  expect(() => requestFor(task)).toThrow(`the ${metadata.type ?? 'remix'} has no source`)
})

const stepsConfig = {
  task: { overdueMs: 600_000, deadlineMs: 86_400_000, autoRetries: 1 },
  submit: { sendWindowMs: 10_000, sendingMs: 1500 },
  reconcile: { windowMs: 1000 },
  poll: { intervalMs: 5000, concurrency: 200 },
  archive: { isOn: false },
}

function aSimulator(dialect: 'vllm-omni' | 'openai' | 'new-api'): Promise<Simulator> {
  return startSimulator({ dialect, key: 'sk-test', script: { queuedMs: 0, renderMs: 0 } })
}

function anUpstream(name: string, { url }: Simulator, dialectName: string) {
  const dialect = aDialect(builtIn.get(dialectName) as object)
  return { name, dialect, dialectName, baseUrl: url, credentials: [{ name: 'a', key: 'sk-test' }] }
}

async function aStoredClip(videoId: TaskRow['videoId']): Promise<StoredClip> {
  const key = newClipKey(videoId)
  const { bytes, sha256 } = await worker.store.put(key, inParts(clipBytes))
  return { key, bytes, sha256, type: 'video/mp4' }
}

async function anUpload(of: Partial<TaskRow> = {}): Promise<TaskRow> {
  const { userId } = await worker.aTask()
  const videoId = `video_${Date.now()}_${randomBytes(6).toString('hex')}` as TaskRow['videoId']
  const clip = await aStoredClip(videoId)
  const upload = { videoId, userId, requestHash: '-', prompt: '', metadata: { type: 'upload' } as const }
  return (await worker.moves.insertUpload({ ...upload, ...of, clip })).task
}

/** A COMPLETED task whose clip is ours. */
async function aMadeVideo(of: Partial<TaskRow> = {}): Promise<TaskRow> {
  const task = await worker.aTask({
    ...{ status: 'COMPLETED', credential: 'wan/a' as never, externalTaskId: `up_${randomUUID()}` as never },
    ...of,
  })
  const clip = await aStoredClip(task.videoId)
  await worker.alter(task.videoId, { archive: 'done', clip, archivedAt: new Date() })
  return theRow(task)
}

function aRemix(
  { videoId, externalTaskId, size, seconds }: TaskRow,
  prompt: string,
  of: Partial<TaskRow> = {},
) {
  const metadata: Metadata = {
    ...{ type: 'remix', remix_from: videoId },
    ...(externalTaskId && { remix_from_external: externalTaskId }),
  }
  return worker.aTask({ prompt, metadata, size, seconds, ...of })
}

async function withPicture(prompt: string): Promise<TaskRow> {
  const png = readFileSync(join(import.meta.dirname, '../../../packages/media/test/fixtures/rgb8.png'))
  const picture = { ...digest(png), type: 'image/png' as const, width: 48, height: 32 }
  const task = await worker.aTask({
    prompt,
    pinnedTo: 'open' as never,
    metadata: { input_reference: picture },
  })
  await worker.store.put(pictureKey(task.videoId), inParts(png))
  return task
}

async function* inParts(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

function digest(bytes: Buffer) {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function theRow({ videoId }: Pick<TaskRow, 'videoId'>): Promise<TaskRow> {
  return (await worker.tasks.find(videoId)) as TaskRow
}

async function expectLost({ videoId }: TaskRow, errorMessage: string): Promise<void> {
  expect(await theRow({ videoId })).toMatchObject({
    ...{ status: 'FAILED', errorCode: 'upstream_lost', errorMessage, externalTaskId: null },
  })
}

async function submitToItsEnd(task: TaskRow): Promise<void> {
  let notes = {}
  await vi.waitFor(async () => {
    notes = notesOf(await worker.submit(task, worker.run(notes)))
    expect((await theRow(task)).status).not.toBe('QUEUED')
  })
}

async function reconcileToItsEnd(task: TaskRow): Promise<void> {
  let notes = {}
  await vi.waitFor(async () => {
    notes = notesOf(await worker.reconcile(task, worker.run(notes)))
    expect((await theRow(task)).status).not.toBe('QUEUED')
  })
}

async function billOf({ adminUrl }: Simulator): Promise<Bill> {
  return (await fetch(`${adminUrl}/bill`)).json() as Promise<Bill>
}

async function madeAt(simulator: Simulator, prompt: string): Promise<Made[]> {
  const { jobs } = await billOf(simulator)
  return jobs.filter((job) => job.prompt === prompt).flatMap(({ made }) => made)
}

async function deletedByOwner({ userId, videoId }: TaskRow): Promise<void> {
  expect(await worker.moves.delete(userId, videoId)).toMatchObject({ archive: 'removed', clip: null })
}

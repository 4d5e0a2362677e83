import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import type { DerivationKind } from '@reelay/contracts/derivation'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { twinKey } from '@reelay/relay/twin-key'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

type Item = Record<string, unknown> & { id: string }

let upstream: Awaited<ReturnType<typeof startOddUpstream>>
let worker: TestWorker
/** What upstream was asked for, and what it lists. */
let posted: string[]
let listed: Item[]
let number = 0

beforeAll(async () => {
  upstream = await startOddUpstream((request, response) => {
    if (request.method === 'POST') {
      posted.push(request.url ?? '')
      return response.writeHead(500).end()
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'list', data: listed, has_more: false }))
  })
  worker = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
})
beforeEach(async () => {
  await worker.forgetTrouble()
  posted = []
  listed = []
  number += 1
})
afterAll(async () => {
  await worker.close()
  await upstream.close()
})

const source = () => `source_${number}` as ExternalTaskId
const prompt = () => `lost ${number}`
const item = (id: string, more: object = {}): Item => ({
  ...{ id: `${id}_${number}`, status: 'queued', prompt: prompt() },
  created_at: Math.floor(Date.now() / 1000),
  ...more,
})
const fromSource = (id: string) => item(id, { remixed_from_video_id: source() })

test.each<[DerivationKind, string]>([
  ['edit', '/v1/videos/edits'],
  ['extension', '/v1/videos/extensions'],
])('an %s is sent as one, and a retry sends it as one again', async (type, path) => {
  const task = await aLostTask(type)
  expect(posted).toEqual([path])
  expect(await ended(task)).toMatchObject({ status: 'FAILED', errorCode: 'submission_unknown' })
  await worker.alterLedger(task, { outcome: 'refused' })
  await worker.submit(await worker.retry(task), worker.run())
  expect(posted).toEqual([path, path])
})

describe.each<DerivationKind>(['edit', 'extension'])('a lost %s', (type) => {
  test.each([
    ['that is listed with its source', () => fromSource('made')],
    ['that is listed without', () => item('made')],
  ])('%s is found', async (_, made) => {
    const task = await aLostTask(type)
    listed = [item('other', { remixed_from_video_id: 'another' }), made()]
    expect(await ended(task)).toMatchObject({ status: 'PROCESSING', externalTaskId: made().id })
  })

  test('is not found in a video of another source or prompt', async () => {
    const task = await aLostTask(type)
    listed = [item('a', { remixed_from_video_id: 'another' }), item('b', { prompt: 'another' })]
    expect(await ended(task)).toMatchObject({ status: 'FAILED', errorCode: 'submission_unknown' })
  })
})

const rivals: [DerivationKind, DerivationKind][] = [
  ['edit', 'remix'],
  ['remix', 'edit'],
  ['remix', 'extension'],
]

test.each(rivals)('while an %s is in doubt the %s of its source waits', async (lost, rival) => {
  await aLostTask(lost)
  posted = []
  const other = await aTask(rival)
  expect(await worker.submit(other, worker.run())).toMatchObject({ kind: 'snooze', notes: { waits: 1 } })
  expect(posted).toEqual([])
  const elsewhere = await aTask(rival, { remix_from_external: 'another' as ExternalTaskId })
  await worker.submit(elsewhere, worker.run())
  expect(posted).toHaveLength(1)
})

test.each(rivals)('a lost %s is not found in what may be the %s of its source', async (lost, rival) => {
  const task = await aLostTask(lost)
  listed = [fromSource('made')]
  // Both began at the same moment, so that neither saw the other.
  const other = await beginUnseen(rival)
  expect(await ended(task)).toMatchObject({ status: 'FAILED', errorCode: 'submission_unknown' })
  await worker.ledger.accept(other, listed[0]?.id as ExternalTaskId)
  expect(await worker.tasks.find(other.videoId)).toMatchObject({ externalTaskId: listed[0]?.id })
})

test('a lost edit is found beside a rival where it is listed without its source', async () => {
  const task = await aLostTask('edit')
  listed = [fromSource('remix'), item('edit')]
  await beginUnseen('remix')
  expect(await ended(task)).toMatchObject({ status: 'PROCESSING', externalTaskId: item('edit').id })
})

test('a lost remix is found once its rival has its own video', async () => {
  const task = await aLostTask('remix')
  listed = [fromSource('edit'), fromSource('remix')]
  await worker.ledger.accept(await beginUnseen('edit'), listed[0]?.id as ExternalTaskId)
  expect(await ended(task)).toMatchObject({ status: 'PROCESSING', externalTaskId: listed[1]?.id })
})

async function aTask(type: DerivationKind, more: object = {}): Promise<TaskRow> {
  const metadata = { type, remix_from_external: source(), ...more }
  return worker.aTask({ prompt: prompt(), seconds: '4', metadata })
}

/** One whose answer was lost. */
async function aLostTask(type: DerivationKind): Promise<TaskRow> {
  const task = await aTask(type)
  await worker.submit(task, worker.run())
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'in_doubt' })
  return task
}

/** One that is on its way. */
async function beginUnseen(kind: DerivationKind): Promise<TaskRow> {
  const task = await aTask(kind)
  const key = twinKey({ kind, sourceId: source(), prompt: prompt() })
  const run = { runId: randomUUID(), credential: firstCredential, kind, twinKey: key }
  const begun = await worker.ledger.beginSubmission(task, run, { sendWindowMs: 0, sendingMs: 60_000 })
  expect(begun).toBe('begun')
  return task
}

/** Polls as BullMQ would until the doubt is gone. */
async function ended(task: TaskRow) {
  let notes = {}
  await vi.waitFor(
    async () => {
      notes = notesOf(await worker.reconcile(task, worker.run(notes)))
      expect(await worker.ledger.findSubmission(task.videoId, 1)).not.toMatchObject({ outcome: 'in_doubt' })
    },
    { interval: 300 },
  )
  return worker.tasks.find(task.videoId)
}

import type { IncomingMessage } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

type Page = { status?: number; body?: object | unknown[]; bytes?: Buffer; headers?: Record<string, string> }
type Item = Record<string, unknown> & { id: string }

let upstream: Awaited<ReturnType<typeof startOddUpstream>>
let worker: TestWorker
/** Its upstream's list tells no prompts. */
let promptless: TestWorker
/** Nor are ids spelled in one way there. */
let spelling: TestWorker
let list: (after: string | null) => Page
/** Videos that upstream knows when it is asked for one. */
let known: string[]
let number = 0

beforeAll(async () => {
  upstream = await startOddUpstream((request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://up')
    if (request.method === 'POST') return response.writeHead(500).end()
    if (pathname !== '/v1/videos') {
      const id = decodeURIComponent(pathname.split('/').at(-1) ?? '')
      const isKnown = known.includes(id)
      return response
        .writeHead(isKnown ? 200 : 404)
        .end(JSON.stringify(isKnown ? { id, status: 'queued' } : {}))
    }
    const { status = 200, body, bytes, headers } = list(searchParams.get('after'))
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(bytes ?? JSON.stringify(body ?? {}))
  })
  const options = { baseUrl: upstream.baseUrl, submitTimeoutMs: 30_000, pollTimeoutMs: 30_000 }
  worker = await buildTestWorker({ upstream: options })
  promptless = await buildTestWorker({ upstream: options, dialect: { list: { tells: ['source', 'time'] } } })
  spelling = await buildTestWorker({
    upstream: options,
    dialect: { list: { tells: ['source', 'time'] }, id: { inPoll: 'varies' } },
  })
})
beforeEach(async () => {
  await worker.forgetTrouble()
  known = []
  number += 1
})
afterAll(async () => {
  await Promise.all([worker.close(), promptless.close(), spelling.close()])
  await upstream.close()
})

const source = () => `source_${number}`
const prompt = () => `lost ${number}`
const seconds = () => Math.floor(Date.now() / 1000)
const lost = (more: object = {}): Item => ({
  id: `lost_${number}`,
  status: 'queued',
  prompt: prompt(),
  remixed_from_video_id: source(),
  ...more,
})
const others = (count: number, more: (n: number) => object = () => ({})): Item[] =>
  Array.from({ length: count }, (_, n) => ({ id: `other_${number}_${n}`, prompt: 'other', ...more(n) }))

describe('a lost answer is found in a list', () => {
  test.each<[string, (item: Item) => Page]>([
    ['that says when in ISO text', (item) => page([{ ...item, created_at: new Date().toISOString() }])],
    [
      'that says when without a zone',
      (item) => page([{ ...item, created_at: new Date().toISOString().replace('T', ' ').replace('Z', '') }]),
    ],
    ['that says when as a number in text', (item) => page([{ ...item, created_at: String(seconds()) }])],
    ['that says when in ms', (item) => page([{ ...item, created_at: Date.now() }])],
    ['that says when in another place', (item) => page([{ ...item, created: seconds() }])],
    ['that does not say when', (item) => page([...others(3), item])],
    ['that does not say when, as null', (item) => page([{ ...item, created_at: null }])],
    ['that does not say when, as zero', (item) => page([{ ...item, created_at: 0 }])],
    [
      'that says when of others only',
      (item) => page([item, ...others(2, () => ({ created_at: seconds() - 600 }))]),
    ],
    [
      'in an envelope',
      (item) => ({ body: { code: 0, data: { data: [{ ...item, created_at: seconds() }] } } }),
    ],
    ['that is bare', (item) => ({ body: [{ ...item, created_at: seconds() }] })],
    [
      'of another name',
      (item) => ({ body: { videos: [{ ...item, created_at: seconds() }], has_more: false } }),
    ],
    [
      'that is packed',
      (item) => ({
        bytes: gzipSync(JSON.stringify({ data: [item] })),
        headers: { 'content-encoding': 'gzip' },
      }),
    ],
  ])('%s', async (_, answer) => {
    const item = lost()
    list = (after) => (after === null ? answer(item) : page([]))
    known = [item.id, `other_${number}_2`, `other_${number}_1`]
    expect(await ended(await aLostTask())).toMatchObject({ status: 'PROCESSING', externalTaskId: item.id })
  })

  test('whose pages do not say that more follow', async () => {
    const pages = [others(20, () => ({ created_at: seconds() })), [lost({ created_at: seconds() })]]
    list = (after) => ({ body: { data: pages[after === null ? 0 : 1] } })
    expect(await ended(await aLostTask())).toMatchObject({ externalTaskId: lost().id })
  })

  test('that is oldest first whatever is asked', async () => {
    const old = others(3, (n) => ({ created_at: seconds() - 9000 + n }))
    list = (after) => (after === null ? page(old, true) : page([lost({ created_at: seconds() })]))
    expect(await ended(await aLostTask())).toMatchObject({ externalTaskId: lost().id })
  })

  test('that gives the same page for ever', async () => {
    list = () =>
      page([...others(3, () => ({ created_at: seconds() })), lost({ created_at: seconds() })], true)
    expect(await ended(await aLostTask())).toMatchObject({ externalTaskId: lost().id })
  })

  test('whose further pages fail', async () => {
    list = (after) => (after === null ? page([lost({ created_at: seconds() })], true) : { status: 500 })
    expect(await ended(await aLostTask())).toMatchObject({ externalTaskId: lost().id })
  })
})

describe('where a list tells no prompts', () => {
  const untold = (more: object = {}) => lost({ prompt: undefined, created_at: seconds(), ...more })

  test('a video of the same source and time is taken when it is alone', async () => {
    list = () => page([untold(), untold({ id: 'another', remixed_from_video_id: 'another' })])
    const task = await ended(await aLostTask(promptless), promptless)
    expect(task).toMatchObject({ status: 'PROCESSING', externalTaskId: lost().id })
  })

  test('and not when there are two such', async () => {
    list = () => page([untold(), untold({ id: `twin_${number}` })])
    const task = await ended(await aLostTask(promptless), promptless)
    expect(task).toMatchObject({ status: 'FAILED', errorCode: 'submission_unknown' })
  })
})

describe('where a list may spell an id otherwise', () => {
  const spelled = (id: string) => lost({ id, prompt: undefined, created_at: seconds() })

  test('a video is not taken for a second of its source that was lost at the time', async () => {
    list = () => page([spelled(lost().id)])
    const first = await aLostTask(spelling)
    expect(await ended(first, spelling)).toMatchObject({ externalTaskId: lost().id })
    list = () => page([spelled(`${lost().id}_otherwise`)])
    const second = await ended(await aLostTask(spelling), spelling)
    expect(second).toMatchObject({ status: 'FAILED', errorCode: 'submission_unknown' })
  })

  test('but is where the other was made before', async () => {
    list = () => page([spelled(lost().id)])
    const first = await aLostTask(spelling)
    await ended(first, spelling)
    await spelling.alterLedger(first, { settledAt: new Date(Date.now() - 60_000) })
    list = () => page([spelled(`another_${number}`)])
    const second = await ended(await aLostTask(spelling), spelling)
    expect(second).toMatchObject({ status: 'PROCESSING', externalTaskId: `another_${number}` })
  })
})

describe('a video without a time is not taken', () => {
  test.each<[string, () => Item[]]>([
    ['when there are two such', () => [lost(), lost({ id: 'twin' })]],
    ['when it has no prompt', () => [lost({ prompt: undefined })]],
    ['when it was made from another', () => [lost({ remixed_from_video_id: 'another' })]],
    ['when it says another prompt', () => [lost({ prompt: 'another' })]],
  ])('%s', async (_, items) => {
    list = (after) => page(after === null ? items() : [])
    known = [items().at(-1)?.id ?? '']
    expect(await ended(await aLostTask())).toMatchObject({ errorCode: 'submission_unknown' })
  })

  test('when another submission of the kind was given up', async () => {
    list = () => page([])
    expect(await ended(await aLostTask())).toMatchObject({ errorCode: 'submission_unknown' })
    list = (after) => page(after === null ? [lost()] : [])
    known = [lost().id]
    expect(await ended(await aLostTask())).toMatchObject({ errorCode: 'submission_unknown' })
  })

  test('when the look was not complete', async () => {
    list = (after) => (after === null ? page([lost()], true) : { status: 500 })
    const task = await aLostTask()
    expect(notesOf(await worker.reconcile(task, worker.run()))).toEqual({ failures: 1 })
  })
})

test('a video that the list calls by more names than one is not taken twice', async () => {
  const named = `task_${number}`
  list = () => page([lost({ id: named, created_at: seconds() })])
  expect(await ended(await aLostTask())).toMatchObject({ externalTaskId: named })
  list = () => page([lost({ task_id: named, created_at: seconds() })])
  expect(await ended(await aLostTask())).toMatchObject({ errorCode: 'submission_unknown' })
})

test('a video that the list names beside its source is taken', async () => {
  list = () => page([lost({ video_id: source(), created_at: seconds() })])
  expect(await ended(await aLostTask())).toMatchObject({ externalTaskId: lost().id })
})

describe('a look is not complete', () => {
  test('when the next page is empty and upstream has forgotten where it was', async () => {
    list = (after) => page(after === null ? others(3) : [], after === null)
    const task = await aLostTask()
    expect(notesOf(await worker.reconcile(task, worker.run()))).toEqual({ failures: 1 })
    known = [`other_${number}_2`]
    expect(notesOf(await worker.reconcile(task, worker.run()))).toEqual({ looks: 1 })
  })

  test('when the same page comes again and more are said to follow', async () => {
    list = () => page(others(3), true)
    expect(notesOf(await worker.reconcile(await aLostTask(), worker.run()))).toEqual({ failures: 1 })
  })

  test('but is where a list that says nothing of further pages comes again', async () => {
    list = () => ({ body: { data: others(3) } })
    expect(notesOf(await worker.reconcile(await aLostTask(), worker.run()))).toEqual({ looks: 1 })
  })
})

describe('an upstream that says that it has no list', () => {
  test.each([404, 405, 501])('by %i throughout is not waited for all day', async (status) => {
    list = () => ({ status })
    expect(await ended(await aLostTask())).toMatchObject({
      status: 'FAILED',
      errorCode: 'submission_unknown',
    })
  })

  test('only now and then is asked again', async () => {
    list = () => ({ status: 404 })
    const task = await aLostTask()
    await worker.alterLedger(task, { startedAt: new Date(Date.now() - 60_000) })
    const notes = { failures: 3, denials: 3 }
    list = () => ({ status: 500 })
    expect(notesOf(await worker.reconcile(task, worker.run(notes)))).toEqual({ failures: 4 })
    list = () => ({ status: 404 })
    expect(notesOf(await worker.reconcile(task, worker.run({ failures: 4 })))).toEqual({
      failures: 5,
      denials: 1,
    })
    list = () => page([])
    expect(notesOf(await worker.reconcile(task, worker.run(notes)))).toEqual({ looks: 1 })
  })
})

function page(data: Item[], has_more = false): Page {
  return { body: { object: 'list', data, has_more } }
}

/** A remix whose answer was lost. */
async function aLostTask(by = worker): Promise<TaskRow> {
  await by.forgetTrouble()
  const metadata = { type: 'remix', remix_from_external: source() as ExternalTaskId } as const
  const task = await by.aTask({ prompt: prompt(), metadata: metadata as never })
  await by.submit(task, by.run())
  return task
}

/** Polls as BullMQ would until the doubt is gone. */
async function ended(task: TaskRow, by = worker) {
  let notes = {}
  await vi.waitFor(
    async () => {
      notes = notesOf(await by.reconcile(task, by.run(notes)))
      expect(await by.ledger.findSubmission(task.videoId, 1)).not.toMatchObject({ outcome: 'in_doubt' })
    },
    { interval: 300 },
  )
  return by.tasks.find(task.videoId)
}

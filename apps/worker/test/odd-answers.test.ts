import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

type Answer = {
  status?: number
  headers?: Record<string, string>
  body?: unknown
  bytes?: Buffer
  cutAfter?: boolean
}

const clip = Buffer.from('\u0000\u0000\u0000\u0018ftypmp42\u0000\u0000\u0000\u0000mp42isom', 'latin1')
/** No test here is about time. */
const patient = { submitTimeoutMs: 30_000, pollTimeoutMs: 30_000 }
const policy = { 'content-security-policy': "default-src 'self' ".repeat(1200) }

let upstream: Awaited<ReturnType<typeof startOddUpstream>>
let worker: TestWorker
let post: Answer
let look: Answer
let number = 0

beforeAll(async () => {
  upstream = await startOddUpstream((request: IncomingMessage, response) => {
    if (request.url?.startsWith('/clip'))
      return response.writeHead(200, { 'content-type': 'video/mp4' }).end(clip)
    if (request.url?.endsWith('/content')) return response.writeHead(404).end()
    return give(response, request.method === 'POST' ? post : look)
  })
  worker = await buildTestWorker({
    upstream: { baseUrl: upstream.baseUrl, ...patient },
    dialect: { list: null },
  })
})
beforeEach(() => {
  number += 1
  return worker.forgetTrouble()
})
afterAll(async () => {
  await worker.close()
  await upstream.close()
})

const id = () => `id_${number}`
const packed = (pack: (text: string) => Buffer, coding: string, body: () => unknown) => () => ({
  headers: { 'content-encoding': coding },
  bytes: pack(JSON.stringify(body())),
})

test.each<[string, () => Answer]>([
  ['that calls it task_id', () => ({ body: { task_id: id(), status: 'queued' } })],
  ['that calls it request_id', () => ({ body: { request_id: id() } })],
  ['in an envelope', () => ({ body: { code: 'success', data: { task_id: id() } } })],
  ['that is packed with gzip', packed(gzipSync, 'gzip', () => ({ id: id(), status: 'queued' }))],
  ['that is packed with br', packed(brotliCompressSync, 'br', () => ({ id: id(), status: 'queued' }))],
  ['that is packed with zstd', packed(zstdCompressSync, 'zstd', () => ({ id: id(), status: 'queued' }))],
  ['with 20 000 bytes of header', () => ({ headers: policy, body: { id: id(), status: 'queued' } })],
  ['that is cut', () => ({ bytes: Buffer.from(`{"id":"${id()}","object":"vid`), cutAfter: true })],
  [
    'that is a 202 with nothing but its address',
    () => ({ status: 202, headers: { location: `/v1/videos/${id()}` } }),
  ],
])('a task is accepted by an answer %s', async (_, answer) => {
  post = answer()
  const task = await worker.aTask({ prompt: `odd ${number}` })
  await worker.submit(task, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', externalTaskId: id() })
})

test('a task keeps an id of eighteen digits', async () => {
  post = { bytes: Buffer.from(`{"id":987654321987654321,"status":"queued"}`) }
  const task = await worker.aTask({ prompt: 'long id' })
  await worker.submit(task, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ externalTaskId: '987654321987654321' })
})

test.each<[string, () => Answer]>([
  ['without an id', () => ({ body: { status: 'done', progress: 100, video: { url: '/clip.mp4' } } })],
  [
    'in an envelope',
    () => ({
      body: {
        code: 'success',
        data: { task_id: id(), status: 'SUCCESS', progress: '100%', result_url: '/clip' },
      },
    }),
  ],
  ['with another word', () => ({ body: { id: id(), status: 'succeed', output: ['/clip.mp4'] } })],
  ['that is packed', packed(gzipSync, 'gzip', () => ({ id: id(), status: 'completed', url: '/clip.mp4' }))],
  [
    'with 20 000 bytes of header',
    () => ({ headers: policy, body: { status: 'completed', video_url: '/clip' } }),
  ],
  [
    'with a clip of 10 MB in it',
    () => ({
      body: { id: id(), status: 'completed', url: '/clip', videos: [{ base64: 'A'.repeat(10_000_000) }] },
    }),
  ],
])('a task is completed by an answer %s', async (_, answer) => {
  look = answer()
  const task = await anAcceptedTask()
  await worker.poll(task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'COMPLETED' })
})

test('a task stays unfinished while upstream returns 202 with nothing', async () => {
  look = { status: 202 }
  const task = await anAcceptedTask()
  expect(await worker.poll(task)).toMatchObject({ kind: 'snooze', notes: undefined })
})

test('a task ends by a failed job that comes with a 404', async () => {
  look = {
    status: 404,
    body: { id: id(), object: 'video', status: 'failed', error: { code: 'invalid_value' } },
  }
  const task = await anAcceptedTask()
  await worker.poll(task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'FAILED',
    errorCode: 'upstream_failed',
  })
})

test.each([400, 429])('a %i that is cut is a no', async (status) => {
  post = { status, bytes: Buffer.from('{"error":{"mess'), cutAfter: true }
  const task = await worker.aTask({ prompt: `cut ${number}` })
  await worker.submit(task, worker.run())
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({
    outcome: status === 400 ? 'refused' : 'not_sent',
  })
})

async function anAcceptedTask(): Promise<TaskRow> {
  post = { body: { id: id(), status: 'queued' } }
  const task = await worker.aTask({ prompt: `odd ${number}` })
  await worker.submit(task, worker.run())
  return (await worker.tasks.find(task.videoId)) as TaskRow
}

function give(response: ServerResponse, { status = 200, headers = {}, body, bytes, cutAfter }: Answer): void {
  const content = bytes ?? Buffer.from(body === undefined ? '' : JSON.stringify(body))
  response.writeHead(status, { ...headers, ...(cutAfter && { 'content-length': content.length + 9 }) })
  if (cutAfter) response.write(content, () => response.socket?.end())
  else response.end(content)
}

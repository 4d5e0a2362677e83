import { text } from 'node:stream/consumers'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { afterEach, expect, test } from 'vitest'
import { requestFor } from '../src/submit.ts'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const said = { model: 'sora-2', size: '1280x720', seconds: '4' }

/** A worker whose upstream returns this for a submit, a poll and the list. */
async function start(answers: { post?: object; get?: object; list?: () => object[] }): Promise<TestWorker> {
  const upstream = await startOddUpstream(async (request, response) => {
    await text(request)
    if (request.method === 'POST' && !answers.post) return response.writeHead(502).end()
    const isList = request.url?.includes('?')
    const list = { data: answers.list?.() ?? [], has_more: false }
    const video = request.method === 'POST' ? answers.post : isList ? list : answers.get
    response.end(JSON.stringify({ id: 'v1', status: 'in_progress', progress: 0, ...video }))
  })
  const worker = await buildTestWorker({
    upstream: {
      baseUrl: upstream.baseUrl,
      submitTimeoutMs: 30_000,
      pollTimeoutMs: 30_000,
    },
  })
  closers.push(
    () => worker.close(),
    () => upstream.close(),
  )
  return worker
}

test('an accepted task says what upstream says of its video', async () => {
  const worker = await start({ post: said, get: said })
  const task = await worker.aTask()
  await worker.submit(task, worker.run())
  const accepted = await worker.tasks.find(task.videoId)
  expect(accepted).toMatchObject({ status: 'PROCESSING', version: 2, ...said })
  await worker.poll(task)
  expect(await worker.tasks.find(task.videoId)).toEqual(accepted)
})

test('what was asked for keeps the name of its model, and has the size that was made', async () => {
  const worker = await start({ post: { ...said, model: 'sora-2-2025-10-06' } })
  const task = await worker.aTask({ model: 'my-alias', size: '720x720', seconds: '8' })
  await worker.submit(task, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ ...said, model: 'my-alias' })
})

test('a poll that tells more is told once', async () => {
  const worker = await start({ post: {}, get: said })
  const task = await worker.aTask()
  await worker.submit(task, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ version: 2, model: null })
  for (let n = 0; n < 3; n += 1) await worker.poll(task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ version: 3, ...said })
  expect(worker.announced.map(({ version }) => version)).toEqual([2, 3])
})

test('an import is known from its first poll on, and remembers its first prompt', async () => {
  const worker = await start({ get: { ...said, prompt: 'a kite' } })
  const imported = { metadata: { type: 'import' as const }, prompt: '', status: 'PROCESSING' as const }
  const task = await worker.aTask({
    ...imported,
    externalTaskId: 'v1' as ExternalTaskId,
    acceptedAt: new Date(),
  })
  for (let n = 0; n < 3; n += 1) await worker.poll(task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ version: 2, prompt: 'a kite', ...said })
})

test('a video that was found again tells as much', async () => {
  let createdAt = 0
  const worker = await start({
    list: () => [{ id: 'v1', status: 'queued', prompt: 'a red kite', created_at: createdAt, ...said }],
  })
  const task = await worker.aTask()
  createdAt = Math.floor(Date.now() / 1000)
  await worker.submit(task, worker.run())
  await worker.reconcile(task, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', ...said })
})

test('an earlier video that is followed again tells as much', async () => {
  const worker = await start({ post: {}, get: said })
  const task = await worker.aTask()
  await worker.submit(task, worker.run())
  await worker.cancel(task.videoId)
  const retried = await worker.retry(task)
  await worker.submit(retried, worker.run())
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', attempt: 2, ...said })
})

test('what upstream calls a size and a length is not sent to it in words that we would refuse', async () => {
  const worker = await start({ post: { size: '768P', seconds: '10.5' } })
  const task = await worker.aTask()
  await worker.submit(task, worker.run())
  const told = await worker.tasks.find(task.videoId)
  expect(told).toMatchObject({ size: '768P', seconds: '10.5' })
  expect(told && requestFor(told)).toMatchObject({ size: null, seconds: null })
})

test.each([
  ['names and sizes', { size: '720x1280', seconds: '8' }],
  ['nothing at all', {}],
  ['a model', { model: 'my-alias' }],
])('a second try asks for %s as the first one did, whatever was made', async (_, wanted) => {
  const asked: object[] = []
  const upstream = await startOddUpstream(async (request, response) => {
    const body = await text(request)
    if (request.method === 'POST') {
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      asked.push(Object.fromEntries(await new Response(body, { headers }).formData()))
    }
    const status = request.method === 'POST' ? 'queued' : 'failed'
    response.end(JSON.stringify({ id: `v${asked.length}`, status, ...said, model: 'sora-2-2025-10-06' }))
  })
  closers.push(() => upstream.close())
  const worker = await buildTestWorker({
    upstream: {
      baseUrl: upstream.baseUrl,
      submitTimeoutMs: 30_000,
      pollTimeoutMs: 30_000,
    },
  })
  closers.unshift(() => worker.close())
  const task = await worker.aTask(wanted)
  await worker.submit(task, worker.run())
  await worker.poll(task)
  const again = await worker.tasks.find(task.videoId)
  expect(again).toMatchObject({ status: 'QUEUED', attempt: 2 })
  await worker.submit(again ?? task, worker.run())
  expect(asked).toEqual([
    { prompt: task.prompt, ...wanted },
    { prompt: task.prompt, ...wanted },
  ])
})

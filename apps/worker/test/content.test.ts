import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Notes } from '../src/outcome.ts'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await buildTestWorker()
  await worker.setScript(0, 0)
})
afterAll(() => worker.close())

/** A task whose video upstream calls completed. */
async function aCompletedVideo(prompt: string, by = worker): Promise<TaskRow> {
  const task = await by.aTask({ prompt })
  await by.submit(task, by.run())
  const { externalTaskId } = (await by.tasks.find(task.videoId)) as TaskRow
  await vi.waitFor(async () => {
    const answer = await by.sora.retrieve(externalTaskId as never)
    expect(answer.kind === 'video' && answer.video.status).toBe('completed')
  }, 10_000)
  return task
}

/** The simulator's first clip takes a while, which is trouble like any other. */
async function pollToItsEnd(task: TaskRow, notes: Notes) {
  let next = notes
  await vi.waitFor(async () => {
    const outcome = await worker.poll(task, worker.run(next))
    next = notesOf(outcome)
    expect(outcome).toEqual({ kind: 'done' })
  }, 15_000)
}

test('an empty video fails after ten more polls', async () => {
  const prompt = 'never anything to play [fault:empty]'
  const task = await aCompletedVideo(prompt)
  let notes = {}
  for (let empties = 1; empties <= 10; empties += 1) {
    const outcome = await worker.poll(task, worker.run(notes))
    expect(outcome).toMatchObject({ kind: 'snooze', notes: { empties } })
    notes = notesOf(outcome)
  }
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING' })

  expect(await worker.poll(task, worker.run(notes))).toEqual({ kind: 'done' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({
    status: 'FAILED',
    errorCode: 'no_content',
    attempt: 1,
    autoRetriesUsed: 0,
  })
  expect(await worker.jobState('submit', task)).toBe('unknown')
  expect(await worker.jobState('submit', { ...task, attempt: 2 })).toBe('unknown')
  expect(await worker.paidFor(prompt)).toBe(1)
})

test('content that appears meanwhile completes the task', async () => {
  const task = await aCompletedVideo('played late')
  await worker.arm('empty', 'content', { count: 2 })
  const first = await worker.poll(task, worker.run())
  const second = await worker.poll(task, worker.run(notesOf(first)))
  expect(second).toMatchObject({ kind: 'snooze', notes: { empties: 2 } })
  await pollToItsEnd(task, notesOf(second))
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'COMPLETED', progress: 100 })
})

test.each(['rate_limit', 'server_error', 'silence'])('content trouble by %s is no verdict', async (fault) => {
  const task = await aCompletedVideo(`content meets ${fault}`)
  await worker.arm(fault, 'content')
  const troubled = await worker.poll(task, worker.run({ empties: 10 }))
  expect(troubled).toMatchObject({ kind: 'snooze', notes: { empties: 10, failures: 1 } })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING' })

  await pollToItsEnd(task, notesOf(troubled))
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'COMPLETED' })
})

const url = 'https://clips.example/one.mp4'
test.each([
  ['video_url', 'COMPLETED', { video_url: url }],
  ['url', 'COMPLETED', { url }],
  ['metadata.url', 'COMPLETED', { metadata: { url } }],
  ['output.url', 'COMPLETED', { output: { url } }],
  ['videos[].url', 'COMPLETED', { videos: [{}, { url }] }],
  ['an empty url', 'PROCESSING', { video_url: '' }],
  ['a url of no web', 'PROCESSING', { url: 'file:///etc/passwd' }],
])('a body with %s leaves its task %s', async (_, status, body) => {
  let askedForContent = 0
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    if (request.url?.endsWith('/content')) {
      askedForContent += 1
      return response.writeHead(404).end()
    }
    response.end(JSON.stringify({ id: 'up_1', status: 'completed', ...body }))
  })
  const linked = await buildTestWorker({ baseUrl: upstream.baseUrl })
  try {
    const task = await aCompletedVideo('has a link', linked)
    await linked.poll(task, linked.run())
    expect(await linked.tasks.find(task.videoId)).toMatchObject({ status })
    expect(askedForContent).toBe(status === 'COMPLETED' ? 0 : 1)
  } finally {
    await linked.close()
    await upstream.close()
  }
})

test('a look at a video and at its content takes no longer than one read may', async () => {
  const pollTimeoutMs = 10_000
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    if (request.url?.endsWith('/content')) return
    const answer = () => response.end(JSON.stringify({ id: 'up_1', status: 'completed' }))
    if (request.method === 'POST') answer()
    else setTimeout(answer, 8000)
  })
  const slow = await buildTestWorker({ baseUrl: upstream.baseUrl, pollTimeoutMs })
  try {
    const task = await aCompletedVideo('its content never answers', slow)
    const startedAt = performance.now()
    expect(await slow.poll(task, slow.run())).toMatchObject({ kind: 'snooze', notes: { failures: 1 } })
    // Two deadlines would make 18 s.
    expect(performance.now() - startedAt).toBeLessThan(8000 + pollTimeoutMs)
  } finally {
    await slow.close()
    await upstream.close()
  }
})

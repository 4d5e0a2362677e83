import type { RequestListener } from 'node:http'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

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
    const answer = await by.upstream.retrieve(externalTaskId as never)
    expect(answer.kind === 'video' && answer.video.status).toBe('completed')
  })
  return task
}

/** The simulator's first clip takes a while, which is trouble like any other. */
async function pollToItsEnd(task: TaskRow) {
  await vi.waitFor(async () => expect(await worker.poll(task)).toEqual({ kind: 'done' }))
}

test('an empty video fails after ten more polls', async () => {
  const prompt = 'never anything to play [fault:empty]'
  const task = await aCompletedVideo(prompt)
  for (let empties = 1; empties <= 10; empties += 1) {
    expect(await worker.poll(task)).toMatchObject({ kind: 'snooze' })
    expect(await worker.troubleOf(task)).toEqual({ empties })
  }
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING' })

  expect(await worker.poll(task)).toEqual({ kind: 'done' })
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
  for (let look = 0; look < 2; look += 1) await worker.poll(task)
  expect(await worker.troubleOf(task)).toEqual({ empties: 2 })
  await pollToItsEnd(task)
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'COMPLETED', progress: 100 })
})

test.each(['rate_limit', 'server_error', 'silence'])('content trouble by %s is no verdict', async (fault) => {
  const task = await aCompletedVideo(`content meets ${fault}`)
  await worker.arm(fault, 'content')
  await worker.alter(task.videoId, { pollTrouble: { attempt: 1, empties: 10 } })
  await worker.poll(task)
  expect(await worker.troubleOf(task)).toEqual({ empties: 10, failures: 1 })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING' })

  await pollToItsEnd(task)
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
  const linked = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
  try {
    const task = await aCompletedVideo('has a link', linked)
    await linked.poll(task)
    expect(await linked.tasks.find(task.videoId)).toMatchObject({ status })
    expect(askedForContent).toBe(1)
  } finally {
    await linked.close()
    await upstream.close()
  }
})

const clip = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypmp42 and more')])
const play: RequestListener = (_, response) =>
  response.writeHead(200, { 'content-type': 'video/mp4' }).end(clip)
const say =
  (status: number, body: string | object = '', headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    const json = JSON.stringify(body).replace('"/clips', `"http://${request.headers.host}/clips`)
    response.writeHead(status, headers).end(typeof body === 'string' ? body : json)
  }
const named = { video_url: '/clips/1' }

test.each<[string, 'COMPLETED' | 'empty' | 'trouble', RequestListener, object, RequestListener]>([
  ['bytes', 'COMPLETED', play, {}, say(404)],
  ['a page', 'empty', say(200, '<html>', { 'content-type': 'text/html' }), {}, play],
  [
    'a page that says it were a video',
    'empty',
    say(200, '<!doctype html>', { 'content-type': 'video/mp4' }),
    {},
    play,
  ],
  ['a sentence', 'empty', say(200, '视频仍在处理中…', { 'content-type': 'video/mp4' }), {}, play],
  ['nothing', 'empty', say(200), {}, play],
  ['204', 'empty', say(204), {}, play],
  ['202', 'empty', say(202, 'soon'), {}, play],
  ['JSON', 'empty', say(200, { status: 'processing' }), {}, play],
  ['a picture', 'empty', say(200, 'GIF89a', { 'content-type': 'image/gif' }), {}, play],
  ['JSON with its address', 'COMPLETED', say(200, { url: '/clips/1' }), {}, play],
  ['JSON with an address of nothing', 'empty', say(200, { url: '/clips/1' }), {}, say(404)],
  ['JSON with an address of nowhere', 'empty', say(200, { url: 'https://clips.invalid/1' }), {}, play],
  ['403', 'empty', say(403), {}, play],
  ['401', 'empty', say(401), {}, play],
  ['500', 'trouble', say(500), {}, play],
  ['500, but a good address', 'COMPLETED', say(500), named, play],
  ['403, but a good address', 'COMPLETED', say(403), named, play],
  ['422, but a good address', 'COMPLETED', say(422), named, play],
  ['429, but a good address', 'COMPLETED', say(429), named, play],
  ['a page, but a good address', 'COMPLETED', say(200, '<html>'), named, play],
  ['silence, but a good address', 'COMPLETED', () => {}, named, play],
  ['404, and an address of nothing', 'empty', say(404), named, say(404)],
  ['404, and an address that has expired', 'empty', say(404), named, say(403)],
  ['404, and an address of a page', 'empty', say(404), named, say(200, '<html>')],
  ['404, and an address in trouble', 'trouble', say(404), named, say(503)],
])('content that is %s makes its task %s', async (_, becomes, content, body, address) => {
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    if (request.url?.endsWith('/content')) return content(request, response)
    if (request.url === '/clips/1') return address(request, response)
    say(200, { id: 'up_1', status: 'completed', ...body })(request, response)
  })
  const odd = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
  try {
    const task = await aCompletedVideo('odd content', odd)
    await odd.poll(task)
    expect(await odd.tasks.find(task.videoId)).toMatchObject({
      status: becomes === 'COMPLETED' ? 'COMPLETED' : 'PROCESSING',
    })
    if (becomes !== 'COMPLETED')
      expect(await odd.troubleOf(task)).toEqual(becomes === 'empty' ? { empties: 1 } : { failures: 1 })
  } finally {
    await odd.close()
    await upstream.close()
  }
})

test.each<[string, object, object]>([
  ['an address', named, { status: 'COMPLETED', progress: 100 }],
  ['no address', {}, { status: 'FAILED', errorCode: 'timeout' }],
])('trouble with the content of a video with %s ends at the deadline', async (_, body, ended) => {
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    if (request.url?.endsWith('/content')) return say(body === named ? 404 : 500)(request, response)
    if (request.url === '/clips/1') return request.socket.destroy()
    say(200, { id: 'up_1', status: 'completed', ...body })(request, response)
  })
  const odd = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
  try {
    const task = await aCompletedVideo('out of reach', odd)
    expect(await odd.poll(task)).toMatchObject({ kind: 'snooze' })
    expect(await odd.troubleOf(task)).toEqual({ failures: 1 })
    await odd.alter(task.videoId, { acceptedAt: new Date(Date.now() - 90_000_000) })
    expect(await odd.poll(task)).toEqual({ kind: 'done' })
    expect(await odd.tasks.find(task.videoId)).toMatchObject(ended)
  } finally {
    await odd.close()
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
  const slow = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl, pollTimeoutMs } })
  try {
    const task = await aCompletedVideo('its content never answers', slow)
    const startedAt = performance.now()
    expect(await slow.poll(task)).toMatchObject({ kind: 'snooze' })
    // Two deadlines would make 18 s.
    expect(performance.now() - startedAt).toBeLessThan(8000 + pollTimeoutMs)
    expect(await slow.troubleOf(task)).toEqual({ failures: 1 })
  } finally {
    await slow.close()
    await upstream.close()
  }
})

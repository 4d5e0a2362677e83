import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createClient } from '../src/client.ts'

/** An api of a few lines, which remembers what it was asked. */
async function serve(answer: RequestListener) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    asked,
    client: createClient({ baseUrl, token: 'a-token' }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function event(version: number, status: string): string {
  const payload = { videoId: 'video_1', version, status, progress: version }
  return `id: ${1000 + version}\ndata: ${JSON.stringify({ type: 'taskUpdate', timestamp: 1, payload })}\n\n`
}

test('a failure answer is thrown with its code, status and details', async () => {
  const details = [{ field: 'prompt', message: 'must not be empty' }]
  await using api = await serve((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ success: false, code: 'invalid_request', message: 'not valid', details }))
  })
  await expect(api.client.remix('video_1', { prompt: '' })).rejects.toMatchObject({
    name: 'ReelayError',
    status: 400,
    code: 'invalid_request',
    message: 'not valid',
    details,
  })
})

test('an answer that is no JSON is thrown by its status', async () => {
  await using api = await serve((_, response) => response.writeHead(502).end('<html>'))
  await expect(api.client.task('video_1')).rejects.toMatchObject({ status: 502, code: 'unknown' })
})

test('following ends with the task and sends the token', async () => {
  await using api = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 1000\n:hello\n\n${event(1, 'QUEUED')}${event(2, 'PROCESSING')}`)
    response.end(event(3, 'COMPLETED'))
  })
  const states = await Array.fromAsync(api.client.follow('video_1'))
  expect(states.map(({ status }) => status)).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED'])
  expect(api.asked[0]?.headers.authorization).toBe('Bearer a-token')
})

test('following comes back after a cut where it was and repeats nothing', async () => {
  let connections = 0
  await using api = await serve((_, response) => {
    connections += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (connections === 1)
      response.write(event(1, 'QUEUED') + event(2, 'PROCESSING'), () => response.destroy())
    else response.end(`${event(2, 'PROCESSING')}data: {"type":"ping"}\n\n${event(3, 'FAILED')}`)
  })
  const states = await Array.fromAsync(api.client.follow('video_1'))
  expect(states.map(({ version }) => version)).toEqual([1, 2, 3])
  expect(api.asked[1]?.headers['last-event-id']).toBe('1002')
})

test('following comes back after a 503 and gives up at a 404', async () => {
  const statuses = [503, 404]
  await using api = await serve((_, response) => {
    response
      .writeHead(statuses.shift() ?? 500)
      .end(JSON.stringify({ success: false, code: 'task_not_found' }))
  })
  await expect(Array.fromAsync(api.client.follow('video_1'))).rejects.toMatchObject({
    code: 'task_not_found',
  })
  expect(api.asked).toHaveLength(2)
})

test('following stops when its signal is aborted', async () => {
  const abort = new AbortController()
  await using api = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(event(1, 'QUEUED'), () => setImmediate(() => abort.abort()))
  })
  await expect(Array.fromAsync(api.client.follow('video_1', abort))).rejects.toThrow(/abort/i)
})

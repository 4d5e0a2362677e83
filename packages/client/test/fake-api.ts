import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { vi } from 'vitest'
import { type ClientOptions, createClient } from '../src/client.ts'

export type Asked = {
  method: string
  url: URL
  headers: IncomingMessage['headers']
  body: string
  at: number
}

/** An api of a few lines, which remembers what it was asked. */
export async function serve(
  answer: (response: ServerResponse, asked: Asked) => void,
  options: Partial<ClientOptions> = {},
) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const one = {
      method,
      url: new URL(url, 'http://api'),
      headers,
      body: await text(request),
      at: Date.now(),
    }
    asked.push(one)
    answer(response, one)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    asked,
    client: createClient({ baseUrl, token: 'a-token', ...options }),
    /** Resolves once nobody is connected. */
    deserted: () =>
      vi.waitFor(
        async () => {
          const count = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
          if (count !== 0) throw new Error(`${count} connections are open`)
        },
        { interval: 10 },
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers in the api's envelopes. */
export function reply(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(status < 400 ? { success: true, data: body } : { success: false, ...body }))
}

export function openStream(response: ServerResponse, retryMs = 50): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`retry: ${retryMs}\n:hello\n\n`)
}

export function deletion(version: number, videoId = 'video_1'): string {
  const payload = { videoId, version }
  return `id: ${1000 + version}\ndata: ${JSON.stringify({ type: 'taskDeleted', timestamp: 1, payload })}\n\n`
}

export function event(version: number, status: string, videoId = 'video_1'): string {
  const payload = { videoId, version, status, progress: version }
  return `id: ${1000 + version}\ndata: ${JSON.stringify({ type: 'taskUpdate', timestamp: 1, payload })}\n\n`
}

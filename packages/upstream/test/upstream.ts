import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { onTestFinished } from 'vitest'
import { createUpstreamClient, type UpstreamClient, type UpstreamOptions } from '../src/client.ts'
import { builtIn } from '../src/dialect/built-in.ts'
import type { Dialect } from '../src/dialect/dialect.ts'
import { readDialect } from '../src/dialect/read-dialect.ts'

export const KEY = 'canary-key-0123456789'
export const id = 'video_1' as ExternalTaskId

/** May be sent, and is in no ledger. */
export const allowed = { record: async () => true, maySend: () => true }

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string }
export type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** A dialect of the default values but for what is given. */
export function aDialect(differs: object = {}): Dialect {
  const read = readDialect({ name: 'test', ...differs })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.dialect
}

export function builtInDialect(name: string): Dialect {
  const read = readDialect(builtIn.get(name))
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.dialect
}

/** Where a remix is asked for as an edit. */
export const edits = {
  derive: [{ verb: 'edit', path: '/videos/edits', source: 'id-in-body', field: 'video.id' }],
}

/** A client that goes when the test does. */
export function aClient(baseUrl: string, options: Partial<UpstreamOptions> = {}): UpstreamClient {
  const client = createUpstreamClient({
    baseUrl,
    apiKey: KEY,
    dialect: aDialect(),
    submitTimeoutMs: 60_000,
    pollTimeoutMs: 60_000,
    sendWindowMs: 60_000,
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}

/** An upstream that remembers what it was sent and says what the test wants it to. */
export async function anUpstream(answer: Answer) {
  const requests: Received[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    requests.push({ method, path, headers, body: await text(request).catch(() => '') })
    answer(response, request)
  })
  const connections = await listen(server)
  return { url: `${urlOf(server)}/v1`, requests, connections }
}

/** An upstream below HTTP: it sees connections and bytes only. */
export async function aTcpUpstream(onConnection: (socket: Socket) => void = () => {}) {
  const received: Buffer[] = []
  const server = createTcpServer((socket) => {
    socket.on('data', (bytes) => received.push(bytes))
    socket.on('error', () => {})
    onConnection(socket)
  })
  const connections = await listen(server)
  return { url: `${urlOf(server)}/v1`, port: portOf(server), received, connections, server }
}

/** An address where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = urlOf(server)
  server.close()
  await once(server, 'close')
  return url
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
}

export function html(status: number): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html><h1>nginx</h1></html>')
  }
}

export const silence: Answer = () => {}

export const reset: Answer = (response) => {
  response.socket?.resetAndDestroy()
}

async function listen(server: Server): Promise<Socket[]> {
  const connections: Socket[] = []
  server.on('connection', (socket) => connections.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of connections) socket.destroy()
  })
  return connections
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}`
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { onTestFinished } from 'vitest'
import type { S3Options } from '../src/s3/options.ts'
import { openS3Store } from '../src/s3-store.ts'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** An S3 that takes what it is sent and says what the test wants it to, and what it was asked. */
export async function anOddS3(answer: Answer, more: Partial<S3Options> = {}) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`)
    request.resume().on('end', () => answer(response, request))
  })
  return { store: aStoreAt(await listening(server), more), asked }
}

/** An S3 that takes connections and bytes and says nothing, and how many connections it has had. */
export async function aSilentS3(more: Partial<S3Options> = {}) {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections++
    socket.on('error', () => {}).resume()
    onTestFinished(() => void socket.destroy())
  })
  return { store: aStoreAt(await listening(server), more), connections: () => connections }
}

/** An S3 that is not there. */
export async function noS3() {
  const server = createTcpServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return aStoreAt(port)
}

function aStoreAt(port: number, more: Partial<S3Options> = {}) {
  const endpoint = `http://127.0.0.1:${port}`
  const keys = { accessKeyId: 'canary-id', secretAccessKey: 'canary-secret' }
  const store = openS3Store({ endpoint, region: 'us-east-1', bucket: 'media', ...keys, ...more })
  onTestFinished(() => store.close())
  return store
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    if ('closeAllConnections' in server) (server as ReturnType<typeof createServer>).closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

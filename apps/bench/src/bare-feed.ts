import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What streaming costs without Reelay: node:http, and a write to everybody of what the parent says. Each change
 * is a write of its own, as it is where changes come one by one.
 */
const everybody = new Set<ServerResponse>()
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache,no-transform' })
  response.write('retry: 2000\n:bare\n\n')
  everybody.add(response)
  response.once('close', () => everybody.delete(response))
})
const frames: string[] = []
process.on('message', (frame: string) => {
  if (frames.push(frame) === 1) setImmediate(writeOne)
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})

function writeOne(): void {
  const [frame] = frames
  for (const response of everybody) response.write(frame)
  frames.shift()
  if (frames.length > 0) setImmediate(writeOne)
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A stand-in for upstream that costs as little as can be: every video is being made, for ever. It remembers
 * the time between two looks at one video, and `/measured` answers and forgets what it has seen so far.
 */
const lastLookAt = new Map<string, number>()
let gaps: number[] = []
let looks = 0

const server = createServer((request, response) => {
  const path = request.url ?? '/'
  response.setHeader('content-type', 'application/json')
  if (path === '/measured') {
    response.end(JSON.stringify({ looks, gaps }))
    gaps = []
    looks = 0
    return
  }
  const now = performance.now()
  const last = lastLookAt.get(path)
  if (last !== undefined) gaps.push(now - last)
  lastLookAt.set(path, now)
  looks += 1
  response.end(
    `{"id":"${path.slice(path.lastIndexOf('/') + 1)}","object":"video","model":"sora-2","status":"in_progress","progress":0,"created_at":1700000000,"size":"1280x720","seconds":"8"}`,
  )
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

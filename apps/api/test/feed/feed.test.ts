import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { VideoId } from '@reelay/contracts/task'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { type FeedClient, openBeforeExpiry, openFeed } from '../support/feed-client.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()

test('the subscription is released after the last listener left', async () => {
  const user = await api.aUser()
  const feeds = await Promise.all([openFeed(origin, user), openFeed(origin, user)])
  expect(await subscribers(api, user.id)).toBe(1)
  for (const feed of feeds) feed.leave()
  await vi.waitFor(async () => expect(await subscribers(api, user.id)).toBe(0))
})

test('a stream ends normally when its token does', async () => {
  await using brisk = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '200' } })
  const feed = await openBeforeExpiry(async (seconds) =>
    openFeed(await brisk.listen(), await brisk.aUser({ expiresIn: `${seconds}s` })),
  )
  expect(await feed.end()).toBe('ended')
})

test('a client that takes not even the end is cut', async () => {
  await using brisk = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '150', SSE_SLOW_CUT_MS: '20000' } })
  const sockets: Socket[] = []
  brisk.app.server.on('connection', (socket) => sockets.push(socket))
  const user = await brisk.aUser()
  const row = await brisk.aTask(user, { status: 'PROCESSING' })
  const feeds = [await openFeed(await brisk.listen(), user), await openFeed(await brisk.listen(), user)]
  const [half, quiet] = feeds as [FeedClient, FeedClient]
  half.pause()
  quiet.pause()
  // More than a kernel holds for a connection (32 MiB here), and of a task each, since a feed keeps only the newest of one.
  const errorMessage = 'x'.repeat(128 * 1024)
  const publish = (i: number) =>
    brisk.worker.publish({ ...row, videoId: VideoId.parse(`${row.videoId}${i}`), version: 3, errorMessage })
  // Some at a time, so that they have not been cut before the last is there.
  for (let from = 0; from < 400; from += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => publish(from + i)))
  await vi.waitFor(() => expect(sockets.map((socket) => socket.writableLength > 0)).toEqual([true, true]))
  await brisk.db.execute(`delete from users where id = '${user.id}'`)
  await vi.waitFor(async () => expect(await brisk.connections()).toBe(0))
  half.resume()
  expect(await half.end()).toBe('cut')
})

test('a stream ends normally at its greatest age', async () => {
  await using brisk = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '100', SSE_MAX_AGE_MS: '900' } })
  const user = await brisk.aUser()
  const startedAt = performance.now()
  const feed = await openFeed(await brisk.listen(), user)
  expect(await feed.end()).toBe('ended')
  expect(performance.now() - startedAt).toBeGreaterThan(590)
})

test('a connection goes with its stream, though its client never closes it', async () => {
  await using brisk = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '100', SSE_MAX_AGE_MS: '900' } })
  const { token } = await brisk.aUser()
  const { hostname, port } = new URL(await brisk.listen())
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write(`GET /api/sse/task-updates?token=${token} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`)
  await once(socket, 'end')
  expect(text).toMatch(/\r\n0\r\n\r\n$/)
  await vi.waitFor(async () => expect(await brisk.connections()).toBe(0))
})

test('closing the app ends open feeds normally', async () => {
  const closing = await buildTestApp()
  onTestFinished(closing.stop)
  const user = await closing.aUser()
  const at = await closing.listen()
  const feeds = await Promise.all(Array.from({ length: 30 }, () => openFeed(at, user)))
  await closing.app.close()
  for (const feed of feeds) expect(await feed.end()).toBe('ended')
})

test('connections that are kept alive do not hold the close up', async () => {
  const closing = await buildTestApp()
  onTestFinished(closing.stop)
  const user = await closing.aUser()
  const at = await closing.listen()
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const streams = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const headers = { authorization: `Bearer ${user.token}` }
      const [response] = await once(get(`${at}/api/sse/task-updates`, { agent, headers }), 'response')
      return (response as IncomingMessage).resume()
    }),
  )
  const ended = Promise.all(streams.map((stream) => once(stream, 'end')))
  const startedAt = performance.now()
  await closing.app.close()
  expect(performance.now() - startedAt).toBeLessThan(closing.app.server.keepAliveTimeout)
  await ended
})

test('an EventSource that comes during the close is told to come back', async () => {
  const closing = await buildTestApp()
  onTestFinished(closing.stop)
  const user = await closing.aUser()
  const at = await closing.listen()
  const feeds = await Promise.all(Array.from({ length: 15 }, () => openFeed(at, user)))
  const closed = closing.app.close()
  await vi.waitFor(() => expect(feeds.some((feed) => feed.outcome() === 'ended')).toBe(true))
  const late = await Promise.all(Array.from({ length: 10 }, () => openFeed(at, user)))
  await closed
  for (const feed of late) {
    expect(feed.status).toBe(200)
    expect(await feed.end()).toBe('ended')
    expect(feed.retries).toHaveLength(1)
  }
})

test('a feed that is just opening does not hold the close up', async () => {
  const closing = await buildTestApp()
  onTestFinished(closing.stop)
  const user = await closing.aUser()
  const at = await closing.listen()
  const { videoId } = await closing.aTask(user)
  const arrived = once(closing.app.server, 'request')
  const opening = openFeed(at, { ...user, query: { videoId } })
  await arrived
  await closing.app.close()
  const feed = await opening
  expect(feed.status).toBe(200)
  expect(await feed.end()).toBe('ended')
})

async function subscribers({ redis, config }: TestApp, userId: string): Promise<unknown> {
  const [, count] = await redis.pubsub('NUMSUB', `{${config.redis.prefix}}:progress:${userId}`)
  return count
}

import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { TaskRow } from '@reelay/db/schema'
import Fastify from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type FeedStream, openFeedStream } from '../../src/feed/stream.ts'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

/** More than the kernel keeps for a reader that takes nothing. */
const FLOOD_BYTES = 32 * 1024 * 1024

test.each([
  ['small', 2, 4 * 1024],
  ['middling', 1, 16 * 1024],
  ['big', 3, 100 * 1024],
])('a slow reader of %s events gets the newest states', async (_, tasks, bytes) => {
  const { api, feed, rows } = await aPausedFeed({ tasks })
  const newest = await flood(api, rows, bytes)
  feed.resume()
  for (const { videoId, version } of newest) {
    await feed.heard(videoId, (payload) => payload.version === version)
    const versions = feed.versions(videoId)
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
  }
  expect(feed.text().length).toBeLessThan(FLOOD_BYTES / 2)

  const [first] = newest as [TaskRow]
  const after = await api.worker.touch(first.videoId)
  await feed.heard(first.videoId, ({ version }) => version === after.version)
})

test('a reader that takes nothing for too long is cut', async () => {
  const { api, feed, rows } = await aPausedFeed({
    env: { SSE_SLOW_CUT_MS: '300', SSE_HEARTBEAT_MS: '150' },
  })
  await flood(api, rows, 8 * 1024)
  await vi.waitFor(async () => expect(await api.connections()).toBe(0))
  feed.resume()
  expect(await feed.end()).toBe('cut')
})

test('a slow reader that catches up is slow no more', async () => {
  const { promise, resolve } = Promise.withResolvers<FeedStream>()
  const app = Fastify()
  onTestFinished(() => app.close())
  app.get('/', async (_, reply) => {
    resolve(openFeedStream(reply))
    return reply
  })
  const request = get(await app.listen({ host: '127.0.0.1', port: 0 }), { agent: false })
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const stream = await promise
  let version = 0
  const tell = () => {
    version += 1
    const frame = () => `data: ${'x'.repeat(1024 * 1024)}\n\n`
    stream.send({ videoId: 'one', version, timestamp: version, terminal: false, frame })
  }
  for (let times = 0; times < 2; times += 1) {
    // What the kernel takes is let through first.
    let seen: number | undefined
    await vi.waitFor(
      () => {
        const before = seen
        seen = stream.stuckSince()
        tell()
        expect(seen ?? Number.NaN).toBe(before)
      },
      { interval: 5 },
    )
    response.resume()
    await expect.poll(stream.stuckSince).toBeUndefined()
    response.pause()
  }
})

test('a quiet feed has comments and pings without an id', async () => {
  await using api = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '60', SSE_PING_MS: '180' } })
  const user = await api.aUser()
  const feed = await openFeed(await api.listen(), user)
  await vi.waitFor(() => expect(feed.events.length).toBeGreaterThanOrEqual(2))
  expect(feed.events[0]).toEqual({ id: undefined, type: 'ping' })
  expect(feed.comments.length).toBeGreaterThan(feed.events.length)
  feed.leave()
})

test('a reader that never reads holds no shutdown up', async () => {
  const { api, rows } = await aPausedFeed()
  await flood(api, rows, 8 * 1024)
  await api.app.close()
})

async function aPausedFeed({ env = {}, tasks = 1 }: { env?: Record<string, string>; tasks?: number } = {}) {
  const api = await buildTestApp({ env })
  onTestFinished(api.stop)
  const user = await api.aUser()
  const rows: TaskRow[] = []
  for (let i = 0; i < tasks; i += 1) rows.push(await api.aTask(user, { status: 'PROCESSING' }))
  const feed = await openFeed(await api.listen(), user)
  for (const { videoId } of rows) await feed.heard(videoId)
  feed.pause()
  return { api, feed, rows }
}

/** Tells of many changes of these tasks, each of so many bytes, and answers the rows that the story ends with. */
async function flood({ db, worker, row }: TestApp, rows: TaskRow[], bytes: number): Promise<TaskRow[]> {
  const version = 2 + Math.ceil(FLOOD_BYTES / bytes / rows.length)
  const errorMessage = 'x'.repeat(bytes)
  for (let v = 3; v < version; v += 1) {
    const told = rows.map((each) => worker.publish({ ...each, version: v, errorMessage }))
    if (v % 20 === 0) await Promise.all(told)
  }
  const names = rows.map(({ videoId }) => `'${videoId}'`).join()
  await db.execute(`update video_tasks set version = ${version}, progress = 77 where video_id in (${names})`)
  const newest = await Promise.all(rows.map(({ videoId }) => row(videoId)))
  await Promise.all(newest.map(worker.publish))
  return newest
}

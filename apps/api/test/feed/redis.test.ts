import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '@reelay/local-services/stores/services'
import type { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type FeedClient, openFeed } from '../support/feed-client.ts'
import { aFolder } from '../support/folder.ts'
import { buildTestApp, SECRET, type TestUser } from '../support/test-app.ts'

test('every listener is right although its subscription is cut every second', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(redis.stop)
  await using api = await buildTestApp({ env: { REDIS_URL: redis.url } })
  await answering(api.redis)
  const origin = await api.listen()
  const users = await Promise.all(Array.from({ length: 8 }, () => api.aUser()))
  const following = await Promise.all(
    users.map(async (user) => {
      const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
      return { videoId, feed: await openFeed(origin, user) }
    }),
  )

  for (let progress = 1; progress <= 40; progress += 1) {
    for (const { videoId } of following) await api.worker.progress(videoId, progress)
    if (progress % 8 === 0) await cut(api.redis)
    await sleep(100)
  }
  const last = progressOf(40)
  for (const { videoId, feed } of following) await feed.heard(videoId, last)

  await cut(api.redis)
  for (const { videoId } of following) await api.worker.complete(videoId)
  for (const { videoId, feed } of following) {
    await feed.heard(videoId, ({ status }) => status === 'COMPLETED')
    const versions = feed.versions(videoId)
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    feed.leave()
  }
})

test('while Redis is frozen endings and changes arrive from Postgres', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(redis.stop)
  await using api = await buildTestApp({ env: { REDIS_URL: redis.url } })
  await answering(api.redis)
  const user = await api.aUser()
  const [ending, moving] = [
    await api.aTask(user, { status: 'PROCESSING' }),
    await api.aTask(user, { status: 'PROCESSING' }),
  ]
  const origin = await api.listen()
  const feed = await openFeed(origin, user)
  await Promise.all([ending, moving].map(({ videoId }) => feed.heard(videoId)))
  const { ticket } = (await user.post('/api/sse/tickets', {})).json().data

  redis.freeze()
  await Promise.all([api.worker.complete(ending.videoId), api.worker.progress(moving.videoId, 50)])
  await feed.heard(ending.videoId, ({ status }) => status === 'COMPLETED')
  await feed.heard(moving.videoId, progressOf(50))
  const late = await openFeed(origin, user)
  await late.heard(ending.videoId, ({ status }) => status === 'COMPLETED')
  expect((await user.post('/api/sse/tickets', {})).statusCode).toBe(503)
  expect((await openFeed(origin, { query: { ticket } })).status).toBe(503)

  redis.thaw()
  await vi.waitFor(async () => {
    await api.worker.touch(moving.videoId)
    expect(feed.versions(moving.videoId).length).toBeGreaterThan(3)
  })
  for (const each of [feed, late]) each.leave()
})

test('a listener that moves between two apis misses nothing', async () => {
  await using one = await buildTestApp()
  const { database, redis } = one.config
  const env = { DATABASE_URL: database.url, REDIS_PREFIX: redis.prefix }
  await using two = await buildTestApp({ env: { ...env, JWT_SECRET: SECRET } })
  const origins = [await one.listen(), await two.listen()]
  const user = await one.aUser()
  const tasks = await Promise.all(Array.from({ length: 10 }, () => one.aTask(user, { status: 'PROCESSING' })))

  const heard: FeedClient[] = []
  const moving = move(10)
  for (const [i, { videoId }] of tasks.entries()) {
    await one.worker.progress(videoId, 10 + i)
    await sleep(100)
    await two.worker.complete(videoId)
  }
  await moving
  const last = heard.at(-1) as FeedClient
  for (const { videoId } of tasks) {
    const row = await one.row(videoId)
    await vi.waitFor(() => expect(heard.flatMap((feed) => feed.versions(videoId)).at(-1)).toBe(row.version))
  }
  expect(heard).toHaveLength(10)
  last.leave()

  async function move(times: number): Promise<void> {
    let lastEventId: string | undefined
    for (let i = 0; i < times; i += 1) {
      const feed = await listen(origins[i % 2] as string, user, lastEventId)
      heard.push(feed)
      if (i === times - 1) return
      await sleep(80)
      feed.leave()
      lastEventId = feed.updates().at(-1)?.id ?? lastEventId
    }
  }
})

function listen(origin: string, { token }: TestUser, lastEventId: string | undefined): Promise<FeedClient> {
  return openFeed(origin, { token, headers: lastEventId ? { 'last-event-id': lastEventId } : {} })
}

/** Cuts the listening connection, as soon as there is one again. */
async function cut(redis: Redis): Promise<void> {
  await expect.poll(() => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBeGreaterThan(0)
}

function progressOf(wanted: number) {
  return ({ progress }: { progress: number }) => progress === wanted
}

async function answering(redis: Redis): Promise<void> {
  await vi.waitFor(async () => expect(await redis.ping()).toBe('PONG'))
}

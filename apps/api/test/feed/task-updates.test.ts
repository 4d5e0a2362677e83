import { startRedis } from '@reelay/local-services/stores/services'
import { EventSource } from 'eventsource'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { aFolder } from '../support/folder.ts'
import { buildTestApp, noVideoId } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()

test('a feed opens with headers, a retry and a comment', async () => {
  const { token } = await api.aUser()
  const feed = await openFeed(origin, { token })
  expect(feed.status).toBe(200)
  expect(feed.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
    'cache-control': expect.stringMatching(/no-cache, ?no-transform/),
  })
  await vi.waitFor(() => expect(feed.comments[0]).toBe('reelay'))
  expect(feed.retries).toHaveLength(1)
  expect(feed.retries[0]).toBeGreaterThanOrEqual(1000)
  expect(feed.retries[0]).toBeLessThanOrEqual(4000)
})

test('a feed sends the snapshot first and then each change', async () => {
  const user = await api.aUser()
  const queued = await api.aTask(user)
  const processing = await api.aTask(user, { status: 'PROCESSING' })
  const completed = await api.aTask(user, { status: 'COMPLETED' })
  const old = await api.aTask(user, { status: 'COMPLETED' })
  await api.worker.touch(old.videoId, `completed_at = clock_timestamp() - interval '11 minutes'`)

  const feed = await openFeed(origin, user)
  await feed.heard(completed.videoId)
  await api.worker.progress(processing.videoId, 40)
  await api.worker.accept(queued.videoId)
  await api.worker.complete(processing.videoId)
  await feed.heard(processing.videoId, ({ status }) => status === 'COMPLETED')

  const story = feed.updates().map(({ payload }) => [payload.videoId, payload.status, payload.progress])
  expect(story).toEqual([
    [queued.videoId, 'QUEUED', 0],
    [processing.videoId, 'PROCESSING', 0],
    [completed.videoId, 'COMPLETED', 100],
    [processing.videoId, 'PROCESSING', 40],
    [queued.videoId, 'PROCESSING', 0],
    [processing.videoId, 'COMPLETED', 100],
  ])
  const ids = feed.updates().map(({ id }) => Number(id))
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
})

test('an event tells the state of the row and its time', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { model: 'sora-2', size: '720x1280', seconds: '8' })
  const feed = await openFeed(origin, user)
  await feed.heard(videoId)
  const row = await api.worker.accept(videoId, 'upstream_heard')
  const { id, ...data } = await feed.heard(videoId, ({ version }) => version === 2)
  expect(id).toBe(String(row.updatedAt.getTime()))
  const { prompt: _, metadata: __, ...state } = (await user.get(`/api/video/tasks/${videoId}`)).json().data
  expect(data).toEqual({ type: 'taskUpdate', timestamp: row.updatedAt.getTime(), payload: state })
})

test('what is not newer is not sent again', async () => {
  const user = await api.aUser()
  const accepted = await api.aTask(user, { status: 'PROCESSING' })
  const feed = await openFeed(origin, user)
  await feed.heard(accepted.videoId)
  const moved = await api.worker.progress(accepted.videoId, 10)
  await api.worker.publish(accepted)
  await api.worker.publish(moved)
  await api.worker.progress(accepted.videoId, 20)
  await feed.heard(accepted.videoId, ({ progress }) => progress === 20)
  expect(feed.versions(accepted.videoId)).toEqual([2, 3, 4])
})

test('no event carries a prompt or metadata', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { prompt: 'a hidden cat', metadata: { note: 'a hidden note' } })
  const feed = await openFeed(origin, user)
  await feed.heard(videoId)
  await api.worker.accept(videoId)
  await api.worker.complete(videoId)
  await feed.heard(videoId, ({ status }) => status === 'COMPLETED')
  expect(feed.text()).not.toMatch(/hidden|prompt|metadata|userId|requestHash/)
})

test('a failure carries its message in one event', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feed = await openFeed(origin, user)
  const message = 'line one\nid: 9\rdata: forged\r\n\r\nevent: forged\u2028end'
  await api.worker.fail(videoId, message)
  const { payload } = await feed.heard(videoId, ({ status }) => status === 'FAILED')
  expect(payload).toMatchObject({ errorCode: 'upstream_failed', errorMessage: message, error: { message } })
  expect(feed.updates().every(({ type }) => type === 'taskUpdate')).toBe(true)
})

test.each(['snapshot', 'change'])('a completion carries a link in its %s', async (by) => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: by === 'snapshot' ? 'COMPLETED' : 'PROCESSING' })
  const feed = await openFeed(origin, user)
  if (by === 'change') {
    expect((await feed.heard(videoId)).payload.videoUrl).toBeNull()
    await api.worker.complete(videoId)
  }
  const { payload } = await feed.heard(videoId, ({ status }) => status === 'COMPLETED')
  expect(payload.videoUrl).toMatch(/^\/api\/video\/content\/[\w.-]+$/)
  expect((await api.app.inject(payload.videoUrl ?? '')).json().code).toBe('upstream_unavailable')
})

test('Redis never carries a link, a prompt or metadata', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING', prompt: 'a hidden cat' })
  const ear = api.redis.duplicate()
  onTestFinished(() => ear.disconnect())
  const heard: string[] = []
  ear.on('message', (_: string, message: string) => heard.push(message))
  await ear.connect()
  await ear.subscribe(`{${api.config.redis.prefix}}:progress:${user.id}`)
  await api.worker.complete(videoId)
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  expect(heard[0]).not.toMatch(/hidden|api\/video\/content/)
})

test('a feed of one task ends after its terminal event', async () => {
  const user = await api.aUser()
  const [task, another] = [await api.aTask(user, { status: 'PROCESSING' }), await api.aTask(user)]
  const feed = await openFeed(origin, { ...user, query: { videoId: task.videoId } })
  await feed.heard(task.videoId)
  await api.worker.accept(another.videoId)
  await api.worker.progress(task.videoId, 50)
  await api.worker.complete(task.videoId)
  expect(await feed.end()).toBe('ended')
  expect(feed.events.map(({ payload }) => [payload.videoId, payload.status])).toEqual([
    [task.videoId, 'PROCESSING'],
    [task.videoId, 'PROCESSING'],
    [task.videoId, 'COMPLETED'],
  ])
})

test('a feed of an ended task tells its end and ends', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'FAILED' })
  const feed = await openFeed(origin, { ...user, query: { videoId } })
  expect(await feed.end()).toBe('ended')
  expect(feed.events.map(({ payload }) => payload.status)).toEqual(['FAILED'])
})

test('a client that has seen the end gets 204', async () => {
  const user = await api.aUser()
  const row = await api.aTask(user, { status: 'COMPLETED' })
  const query = { videoId: row.videoId }
  const seen = String(row.updatedAt.getTime())
  const later = String(row.updatedAt.getTime() + 1)
  const before = String(row.updatedAt.getTime() - 1)

  for (const id of [seen, later]) {
    expect((await openFeed(origin, { ...user, query, headers: { 'last-event-id': id } })).status).toBe(204)
    expect((await openFeed(origin, { ...user, query: { ...query, lastEventId: id } })).status).toBe(204)
  }
  const behind = await openFeed(origin, { ...user, query, headers: { 'last-event-id': before } })
  expect(behind.status).toBe(200)
  expect(await behind.end()).toBe('ended')
  expect(behind.events).toHaveLength(1)
})

test('a client that comes back gets what ended since', async () => {
  const user = await api.aUser()
  const ended = async (minutesAgo: number) => {
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    const time = `clock_timestamp() - interval '${minutesAgo} minutes'`
    await api.db.execute(
      `update video_tasks set completed_at = ${time}, updated_at = ${time} where video_id = '${videoId}'`,
    )
    return videoId
  }
  const [long, within, since] = [await ended(40), await ended(31), await ended(20)]
  const unfinished = await api.aTask(user)
  const lastEventId = String(Date.now() - 30 * 60_000)
  for (const how of [{ headers: { 'last-event-id': lastEventId } }, { query: { lastEventId } }]) {
    const feed = await openFeed(origin, { ...user, ...how })
    await feed.heard(unfinished.videoId)
    expect(feed.updates().map(({ payload }) => payload.videoId)).toEqual([within, since, unfinished.videoId])
    expect(feed.text()).not.toContain(long)
  }
})

const inADay = () => String(Date.now() + 24 * 60 * 60_000)

test.each([inADay, () => '9999999999999', () => '1e300', () => 'NaN', () => '1767225690000.5', () => ''])(
  'a Last-Event-ID that never was withholds no end',
  async (idOf) => {
    const user = await api.aUser()
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    for (const narrowed of [{}, { videoId }])
      for (const how of [
        { headers: { 'last-event-id': idOf() }, query: narrowed },
        { query: { ...narrowed, lastEventId: idOf() } },
      ]) {
        const feed = await openFeed(origin, { ...user, ...how })
        expect(feed.status).toBe(200)
        await feed.heard(videoId, ({ status }) => status === 'COMPLETED')
      }
  },
)

test.each(['-1', '9'.repeat(2000), '99999999999999', 'x', '1 or 1=1', '', '9999999999999'])(
  'a Last-Event-ID of %j brings no harm',
  async (id) => {
    const user = await api.aUser()
    const { videoId } = await api.aTask(user)
    const feed = await openFeed(origin, { ...user, headers: { 'last-event-id': id } })
    expect(feed.status).toBe(200)
    await feed.heard(videoId)
  },
)

test('a feed of a foreign, made-up or impossible task is 404', async () => {
  const { videoId } = await api.aTask(await api.aUser())
  const user = await api.aUser()
  for (const id of [videoId, noVideoId(), 'video_1', '']) {
    const feed = await openFeed(origin, { ...user, query: { videoId: id } })
    expect(feed.status, id).toBe(404)
    expect(feed.headers['content-type']).toContain('application/json')
  }
})

test('an EventSource may send its token in the address', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user)
  const feed = await openFeed(origin, { query: { token: user.token } })
  expect(feed.status).toBe(200)
  await feed.heard(videoId)
})

test('without a token there is no feed', async () => {
  expect((await openFeed(origin)).status).toBe(401)
  expect((await openFeed(origin, { query: { token: 'none' } })).status).toBe(401)
})

test('HEAD is not a stream', async () => {
  const { token } = await api.aUser()
  const answer = await fetch(`${origin}/api/sse/task-updates`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(404)
})

test('a feed tells nothing of other users', async () => {
  const [user, stranger] = [await api.aUser(), await api.aUser()]
  const own = await api.aTask(user, { status: 'PROCESSING' })
  const foreign = await api.aTask(stranger, { status: 'PROCESSING' })
  const [feed, theirs] = [await openFeed(origin, user), await openFeed(origin, stranger)]
  await Promise.all([feed.heard(own.videoId), theirs.heard(foreign.videoId)])
  await api.worker.progress(foreign.videoId, 10)
  await theirs.heard(foreign.videoId, ({ progress }) => progress === 10)
  await api.worker.progress(own.videoId, 10)
  await feed.heard(own.videoId, ({ progress }) => progress === 10)
  expect(feed.text()).not.toContain(foreign.videoId)
  expect(theirs.text()).not.toContain(own.videoId)
})

test('all feeds of a user hear the same', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feeds = await Promise.all([1, 2, 3].map(() => openFeed(origin, user)))
  await Promise.all(feeds.map((feed) => feed.heard(videoId)))
  await api.worker.progress(videoId, 10)
  feeds[0]?.leave()
  await api.worker.progress(videoId, 20)
  const rest = feeds.slice(1)
  await Promise.all(rest.map((feed) => feed.heard(videoId, ({ progress }) => progress === 20)))
  expect(rest.map((feed) => feed.versions(videoId))).toEqual([
    [2, 3, 4],
    [2, 3, 4],
  ])
})

test('a thousand changes during the join come as a rising sequence', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feeds: ReturnType<typeof openFeed>[] = []
  const joinAt = new Set(Array.from({ length: 25 }, () => Math.floor(Math.random() * 1000)))
  for (let i = 0; i < 1000; i += 1) {
    if (joinAt.has(i)) feeds.push(openFeed(origin, user))
    await api.worker.touch(videoId)
  }
  const { version } = await api.row(videoId)
  expect(version).toBe(1002)
  for (const feed of await Promise.all(feeds)) {
    await feed.heard(videoId, (payload) => payload.version === version)
    const versions = feed.versions(videoId)
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    expect(versions.at(-1)).toBe(version)
  }
})

test('a big snapshot arrives whole', async () => {
  const user = await api.aUser()
  await api.db.execute(
    `insert into video_tasks (video_id, user_id, request_hash, prompt)
    select 'video_1784544953127_' || lpad(n::text, 7, '0'), '${user.id}', '', 'a cat' from generate_series(1, 2000) n`,
  )
  const feed = await openFeed(origin, user)
  await vi.waitFor(() => expect(feed.updates()).toHaveLength(2000))
  const { videoId } = await api.aTask(user)
  await api.worker.accept(videoId)
  await feed.heard(videoId)
})

test('an EventSource follows a task to its end and stops', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const source = new EventSource(`${origin}/api/sse/task-updates?videoId=${videoId}&token=${user.token}`)
  onTestFinished(() => source.close())
  const heard: [string, string][] = []
  source.onmessage = ({ data, lastEventId }) => heard.push([JSON.parse(data).payload.status, lastEventId])
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  const row = await api.worker.complete(videoId)
  await vi.waitFor(() => expect(source.readyState).toBe(source.CLOSED))
  expect(heard.map(([status]) => status)).toEqual(['PROCESSING', 'COMPLETED'])
  expect(heard[1]?.[1]).toBe(String(row.updatedAt.getTime()))
})

test('without Redis an ending still arrives from Postgres', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(redis.stop)
  await using lonely = await buildTestApp({ env: { REDIS_URL: redis.url } })
  const user = await lonely.aUser()
  await vi.waitFor(async () => expect(await lonely.redis.ping()).toBe('PONG'))
  const [completed, moving] = [
    await lonely.aTask(user, { status: 'PROCESSING' }),
    await lonely.aTask(user, { status: 'PROCESSING' }),
  ]
  const feed = await openFeed(await lonely.listen(), user)
  await feed.heard(completed.videoId)
  await feed.heard(moving.videoId)
  await redis.stop()

  await lonely.worker.complete(completed.videoId)
  await lonely.worker.progress(moving.videoId, 50)
  await feed.heard(completed.videoId, ({ status }) => status === 'COMPLETED')
  await feed.heard(moving.videoId, ({ progress }) => progress === 50)

  const late = await openFeed(await lonely.listen(), user)
  await late.heard(completed.videoId, ({ status }) => status === 'COMPLETED')
  late.leave()
  feed.leave()
})

test('after an outage of Redis changes arrive through it again', async () => {
  const dir = aFolder()
  const first = await startRedis({ dir })
  await using stubborn = await buildTestApp({ env: { REDIS_URL: first.url } })
  const user = await stubborn.aUser()
  await vi.waitFor(async () => expect(await stubborn.redis.ping()).toBe('PONG'))
  const row = await stubborn.aTask(user, { status: 'PROCESSING' })
  const feed = await openFeed(await stubborn.listen(), user)
  await feed.heard(row.videoId)
  await first.stop()
  const second = await startRedis({ dir, port: first.port })
  onTestFinished(second.stop)

  const channel = `{${stubborn.config.redis.prefix}}:progress:${user.id}`
  await vi.waitFor(async () => expect(await stubborn.redis.pubsub('NUMSUB', channel)).toEqual([channel, 1]))
  // Postgres does not know of it, so that it is heard from Redis or not at all.
  await stubborn.worker.publish({ ...row, version: row.version + 1, progress: 50 })
  await feed.heard(row.videoId, ({ progress }) => progress === 50)
  feed.leave()
})

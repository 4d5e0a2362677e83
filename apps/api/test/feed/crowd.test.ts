import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createFeedSnapshots } from '../../src/feed/snapshots.ts'
import { createLinks } from '../../src/http/links.ts'
import { createPresenter } from '../../src/tasks/present.ts'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp, SECRET, type TestApp, type TestUser } from '../support/test-app.ts'

const VERSIONS = 120

test('two thousand connects and disconnects leave nothing', async () => {
  await using api = await buildTestApp()
  const users = await Promise.all(Array.from({ length: 20 }, () => api.aUser()))
  for (const user of users) await api.aTask(user)
  const port = Number(new URL(await api.listen()).port)
  await visit(port, users[0] as TestUser, 'after the answer')
  await vi.waitFor(async () => expect(await leftovers(api, users)).toEqual(nothing))
  const before = resources()

  for (let batch = 0; batch < 4; batch += 1) {
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => visit(port, users[i % users.length] as TestUser, momentOf(i))),
    )
  }
  await vi.waitFor(async () => expect(await leftovers(api, users)).toEqual(nothing))
  const more = () => Object.entries(resources()).filter(([name, count]) => count > (before[name] ?? 0))
  // Not by waitFor, whose own two timers would be counted.
  for (const from = Date.now(); more().length > 0 && Date.now() - from < 120_000; ) await sleep(100)
  expect(more()).toEqual([])
})

test('fifty readers that stop cost no memory and hear the end', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const row = await api.aTask(user, { status: 'PROCESSING' })
  const origin = await api.listen()
  const sockets: Socket[] = []
  api.app.server.on('connection', (socket: Socket) => sockets.push(socket))
  const slow = await Promise.all(Array.from({ length: 50 }, () => openFeed(origin, user)))
  const reading = await openFeed(origin, user)
  await Promise.all([...slow, reading].map((feed) => feed.heard(row.videoId)))
  for (const feed of slow) feed.pause()

  const errorMessage = 'x'.repeat(100 * 1024)
  for (let version = 3; version < 3 + VERSIONS; version += 1) {
    await api.worker.publish({ ...row, version, errorMessage })
    await reading.heard(row.videoId, (payload) => payload.version === version)
  }
  // Of twelve megabytes each, what a kernel does not take: few events.
  expect(Math.max(...sockets.map(({ writableLength }) => writableLength))).toBeLessThan(
    5 * errorMessage.length,
  )

  await api.db.execute(`update video_tasks set version = ${3 + VERSIONS} where video_id = '${row.videoId}'`)
  const end = await api.worker.complete(row.videoId)
  await reading.heard(row.videoId, ({ version }) => version === end.version)
  for (const feed of slow) feed.resume()
  for (const feed of slow) {
    await feed.heard(row.videoId, ({ version }) => version === end.version)
    expect(feed.versions(row.videoId).length).toBeLessThan(VERSIONS)
  }
})

test('those who connect at once share one read of their user', async () => {
  await using api = await buildTestApp()
  const users = await Promise.all(Array.from({ length: 30 }, () => api.aUser()))
  for (const user of users) await api.aTask(user)
  let [reads, running, most] = [0, 0, 0]
  let begun = Promise.withResolvers<void>()
  let held: Promise<void> | undefined
  const tasks: TestApp['tasks'] = {
    ...api.tasks,
    async snapshot(...args) {
      reads += 1
      running += 1
      most = Math.max(most, running)
      const rows = await api.tasks.snapshot(...args)
      begun.resolve()
      await held
      running -= 1
      return rows
    },
  }
  const snapshots = createFeedSnapshots({
    tasks,
    present: createPresenter(createLinks({ secret: SECRET }), api.ledger, api.config.upstream),
  })
  const all = users.flatMap(({ id }) => Array.from({ length: 20 }, () => snapshots.read(id, undefined)))
  for (const events of await Promise.all(all)) expect(events).toHaveLength(1)
  expect(reads).toBe(30)
  expect(most).toBeLessThanOrEqual(20)

  // One that has begun does not know of what comes now.
  const one = users[0] as TestUser
  const hold = Promise.withResolvers<void>()
  begun = Promise.withResolvers()
  held = hold.promise
  const first = snapshots.read(one.id, undefined)
  await begun.promise
  await api.aTask(one)
  const second = snapshots.read(one.id, undefined)
  hold.resolve()
  expect([await first, await second].map((events) => events?.length)).toEqual([1, 2])
  expect(await snapshots.read(crypto.randomUUID(), undefined)).toBeUndefined()
})

type Moment = 'at once' | 'a little later' | 'after the head' | 'after the answer'

/** Most leave so early that they cost little; that is when they are easily forgotten. */
function momentOf(i: number): Moment {
  if (i % 12 === 0) return 'after the answer'
  if (i % 12 === 1) return 'after the head'
  return i % 3 === 2 ? 'a little later' : 'at once'
}

const nothing = { connections: 0, subscribers: 0, seats: 0 }

/** A listener that leaves: during its authentication, during the read, or when it has what it came for. */
async function visit(port: number, { token }: TestUser, leaves: Moment): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const gone = new Promise((resolve) => socket.once('close', resolve))
  const path = `/api/sse/task-updates?mark=${randomBytes(4).toString('hex')}`
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  if (leaves === 'at once') await once(socket, 'connect')
  else if (leaves === 'a little later') await sleep(Math.random() * 50)
  else if (leaves === 'after the head') await Promise.race([once(socket, 'data'), gone])
  else await Promise.race([hears(socket, 'taskUpdate'), gone])
  socket.destroy()
  await gone
}

function hears(socket: ReturnType<typeof connect>, word: string): Promise<void> {
  let text = ''
  return new Promise((resolve) => {
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes(word)) resolve()
    })
  })
}

async function leftovers(api: TestApp, users: TestUser[]) {
  const channels = users.map(({ id }) => `{${api.config.redis.prefix}}:progress:${id}`)
  const answer = await api.redis.pubsub('NUMSUB', ...channels)
  const subscribers = (answer as unknown[]).reduce<number>((sum, each) => sum + (Number(each) || 0), 0)
  const stats = await Promise.all(users.map((user) => user.get('/api/sse/stats')))
  const seats = stats.reduce((sum, each) => sum + each.json().data.connections, 0)
  return { connections: await api.connections(), subscribers, seats }
}

/** Timers and sockets of this process, in which the api is, too. */
function resources(): Record<string, number> {
  const names = process.getActiveResourcesInfo().filter((name) => /Timeout|TCPSocket/.test(name))
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]))
}

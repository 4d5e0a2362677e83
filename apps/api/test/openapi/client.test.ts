import { join } from 'node:path'
import { createClient, type TaskState } from '@reelay/client/client'
import { runCommand } from '@reelay/local-services/processes/command'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

let api: TestApp
let origin: string

beforeAll(async () => {
  api = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '300', SSE_PING_MS: '900' } })
  origin = await api.listen()
})
afterAll(() => api.stop())

test.concurrent('following survives cuts at any byte and misses no end', async () => {
  const user = await api.aUser()
  const cuts = [
    [0, 700],
    [90, 460],
    [210, 1100],
    [330, 560],
    [420, 1500],
    [505, 800],
  ]
  await Promise.all(
    cuts.map(async (bytes, i) => {
      const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
      await using proxy = await startCuttingProxy(origin, (connection) => {
        const cutAfter = bytes[connection]
        return cutAfter === undefined ? 'live' : { cutAfter }
      })
      const heard = await hear(createClient({ baseUrl: proxy.origin, token: user.token }).follow(videoId))
      for (let progress = 1; proxy.connections() < bytes.length + 1 && progress < 90; progress += 1) {
        await api.worker.progress(videoId, progress)
        await new Promise((resolve) => setTimeout(resolve, 100 + 30 * i))
      }
      const { version } = await api.worker.complete(videoId)
      await heard.ended
      expect(heard.states.at(-1)).toMatchObject({ status: 'COMPLETED', version })
      expectOnlyForwards(heard.states)
    }),
  )
})

test.concurrent('watching goes on after a half-open connection', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  await using proxy = await startCuttingProxy(origin)
  const leaving = new AbortController()
  const client = createClient({ baseUrl: proxy.origin, token: user.token, silenceMs: 1500 })
  const heard = await hear(client.watch(leaving))
  await waitUntil(() => heard.states.length === 1)

  proxy.stall()
  const { version } = await api.worker.complete(videoId)
  await waitUntil(() => heard.states.some((state) => state.version === version))
  expect(proxy.connections()).toBeGreaterThanOrEqual(2)
  expectOnlyForwards(heard.states)
  leaving.abort()
  await expect(heard.ended).rejects.toThrow(/abort/)
})

test.concurrent('watching hears of tasks old and new over streams that end in turn', async () => {
  await using own = await buildTestApp({ env: { SSE_MAX_AGE_MS: '900' } })
  const user = await own.aUser()
  const first = await own.aTask(user, { status: 'COMPLETED' })
  await using proxy = await startCuttingProxy(await own.listen())
  const leaving = new AbortController()
  const heard = await hear(createClient({ baseUrl: proxy.origin, token: user.token }).watch(leaving))
  await waitUntil(() => proxy.requests() >= 3)

  const second = await own.aTask(user, { status: 'COMPLETED' })
  await waitUntil(() =>
    heard.states.some(({ videoId, version }) => videoId === second.videoId && version === second.version),
  )
  expect(heard.states.filter(({ videoId }) => videoId === first.videoId)).toHaveLength(1)
  leaving.abort()
  await expect(heard.ended).rejects.toThrow(/abort/)
})

test.concurrent('a remix whose answer was lost on the way makes one task', async () => {
  const user = await api.aUser()
  const source = await api.aTask(user, { status: 'COMPLETED' })
  await using proxy = await startCuttingProxy(origin, (connection) =>
    connection === 0 ? { cutAfter: 10 } : 'live',
  )
  const client = createClient({ baseUrl: proxy.origin, token: user.token })
  const { videoId } = await client.remix(source.videoId, { prompt: 'the same in snow' })

  expect(proxy.connections()).toBe(2)
  const { tasks } = await client.tasks({ orderBy: 'createdAt' })
  expect(tasks.map((task) => task.videoId)).toEqual([videoId, source.videoId])
})

test.concurrent('every task is read by cursor, newest first', async () => {
  const user = await api.aUser()
  const made: string[] = []
  for (let i = 0; i < 5; i += 1) made.unshift((await api.aTask(user)).videoId)
  const client = createClient({ baseUrl: origin, token: user.token })
  const tasks = await Array.fromAsync(client.everyTask({ pageSize: 2 }))
  expect(tasks.map(({ videoId }) => videoId)).toEqual(made)
})

test.concurrent('a process whose feed was aborted has nothing left to do', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user)
  const script = join(import.meta.dirname, '../support/aborting-listener.ts')
  expect(await runCommand([process.execPath, script, origin, user.token])).toBe(`${videoId}\nAbortError\n`)
})

/** Keeps all states that a feed gives; `ended` settles with it. */
async function hear(feed: AsyncIterable<TaskState>) {
  const states: TaskState[] = []
  const ended = (async () => {
    for await (const state of feed) states.push(state)
  })()
  ended.catch(() => {})
  return { states, ended }
}

function expectOnlyForwards(states: TaskState[]): void {
  const versions = states.map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
}

async function waitUntil(holds: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(holds()).toBe(true), { interval: 20 })
}

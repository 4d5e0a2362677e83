import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { TaskRow } from '@reelay/db/schema'
import { expect, test, vi } from 'vitest'
import { aWorker } from './a-worker.ts'
import { startOddUpstream } from './odd-upstream.ts'

type Running = Awaited<ReturnType<typeof aWorker>>
type No = { status: number; body?: object | undefined; headers?: Record<string, string> }

const bare: No = { status: 403 }
const deadKey: No = {
  status: 401,
  body: { error: { code: 'invalid_api_key', message: 'Incorrect API key' } },
}

/** A worker and an upstream that makes every video but those that `no` refuses; it remembers what was sent. */
async function start(no: (prompt: string, count: number) => No | undefined) {
  const posts: string[] = []
  const made = new Map<string, string>()
  let open = 0
  let mostOpen = 0
  const upstream = await startOddUpstream(async (request, response) => {
    if (request.method === 'GET') return poll(request, response)
    open += 1
    mostOpen = Math.max(mostOpen, open)
    const prompt = /name="prompt"\r\n\r\n(.*?)\r\n/s.exec(await text(request))?.[1] ?? ''
    posts.push(prompt)
    const refusal = no(prompt, posts.length)
    open -= 1
    if (refusal) return send(response, refusal)
    made.set(`v${posts.length}`, prompt)
    send(response, { status: 200, body: { id: `v${posts.length}`, status: 'queued' } })
  })
  const running = await aWorker({
    SORA_BASE_URL: upstream.baseUrl,
    SORA_DIALECT: fileURLToPath(new URL('./without-list.json', import.meta.url)),
    POLL_INTERVAL_MS: '3600000',
    SWEEP_INTERVAL_MS: '5000',
  })
  return {
    ...running,
    posts,
    mostOpen: () => mostOpen,
    postsOf: (prompt: string) => posts.filter((post) => post === prompt).length,
    holds: () => linesOf(running).filter(({ means }) => means === 'held').length,
    refused: () => linesOf(running),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

function linesOf({ lines }: Running) {
  return lines.filter(({ msg }) => msg === 'upstream takes nothing now')
}

function poll({ url = '' }: IncomingMessage, response: ServerResponse) {
  const id = url.split('/').at(-1)
  send(response, { status: 200, body: { id, status: 'in_progress', progress: 1 } })
}

function send(response: ServerResponse, { status, body, headers = {} }: No) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body && JSON.stringify(body))
}

/** So many tasks by several users, told to the worker in this order. */
async function enqueue({ aTask, aUser, queues }: Running, prompts: string[]): Promise<TaskRow[]> {
  const users = await Promise.all([1, 2, 3].map((n) => aUser(`user-${n}-${prompts[0]}`)))
  const tasks = await Promise.all(
    prompts.map((prompt, n) => aTask(prompt, { userId: users[n % 3]?.id ?? '' })),
  )
  for (const task of tasks) await queues.enqueueSubmit(task)
  return tasks
}

const good = (count: number) => Array.from({ length: count }, (_, n) => `good ${n}`)

async function allBecome(running: Running, tasks: TaskRow[], status: string) {
  await vi.waitFor(async () => {
    const now = await Promise.all(tasks.map((task) => running.statusOf(task)))
    expect(now.filter((each) => each !== status)).toEqual([])
  })
}

test.concurrent.each<[string, No, string, string]>([
  [
    'a model that it may not use',
    {
      status: 403,
      body: { error: { code: 'model_not_allowed', message: 'model x is not available for your group' } },
    },
    'upstream_refused',
    'model x is not available for your group',
  ],
  [
    'its content',
    { status: 403, body: { error: { code: 'content_policy_violation', message: 'no' } } },
    'moderation_blocked',
    'no',
  ],
  [
    'a model, with 401',
    {
      status: 401,
      body: { error: { code: '401', type: 'auth_error', message: 'key not allowed to access model x' } },
    },
    'upstream_refused',
    'key not allowed to access model x',
  ],
  [
    'a prompt, with 429',
    { status: 429, body: { error: { code: null, message: 'prompt too long' } } },
    'upstream_refused',
    'prompt too long',
  ],
])('a request that is refused for %s holds up nobody', async (_, no, errorCode, errorMessage) => {
  await using running = await start((prompt) => (prompt.startsWith('poison') ? no : undefined))
  const tasks = await enqueue(running, ['poison 1', 'poison 2', 'poison 3', ...good(17)])
  await allBecome(running, tasks.slice(0, 3), 'FAILED')
  await allBecome(running, tasks.slice(3), 'PROCESSING')
  expect(await running.tasks.find((tasks[0] as TaskRow).videoId)).toMatchObject({ errorCode, errorMessage })
  expect(running.posts).toHaveLength(20)
  expect(running.refused()).toEqual([])
})

test.concurrent.each([1, 3])(
  '%i requests that are refused without a word hold up the others once',
  async (count) => {
    const poison = Array.from({ length: count }, (_, n) => `poison ${n}`)
    await using running = await start((prompt) => (prompt.startsWith('poison') ? bare : undefined))
    const first = await enqueue(running, poison)
    await vi.waitFor(() => expect(running.posts.length).toBeGreaterThan(0))
    const others = await enqueue(running, good(200 - count))
    await allBecome(running, others, 'PROCESSING')
    await allBecome(running, first, 'FAILED')
    expect(running.holds()).toBe(1)
    for (const { videoId, prompt } of first) {
      expect(await running.tasks.find(videoId)).toMatchObject({
        errorCode: 'upstream_refused',
        errorMessage: 'upstream answered 403',
      })
      expect(running.postsOf(prompt)).toBeLessThanOrEqual(3)
    }
  },
)

test.concurrent('requests that are refused without a word wait alone, and others go at once', async () => {
  await using running = await start((prompt) => (prompt.startsWith('poison') ? bare : undefined))
  const [poison] = (await enqueue(running, ['poison'])) as [TaskRow]
  await vi.waitFor(() => expect(running.holds()).toBe(1))
  await running.endHold()
  await vi.waitFor(() => expect(running.postsOf('poison')).toBe(2))
  const others = await enqueue(running, good(3))
  await allBecome(running, others, 'PROCESSING')
  expect(running.holds()).toBe(1)
  await allBecome(running, [poison], 'FAILED')
})

test.concurrent('a request that alone is told of a bad key is refused, and holds up nobody once another was made', async () => {
  await using running = await start((prompt) => (prompt === 'poison' ? deadKey : undefined))
  const [poison] = (await enqueue(running, ['poison'])) as [TaskRow]
  await vi.waitFor(() => expect(running.holds()).toBe(1))
  const holds: number[] = []
  await vi.waitFor(async () => {
    const others = await enqueue(running, [`good ${holds.length}`])
    await running.endHold()
    await allBecome(running, others, 'PROCESSING')
    holds.push(running.holds())
    expect(await running.statusOf(poison)).toBe('FAILED')
  })
  // It may have been asked for again before the first of them was made.
  expect(running.holds()).toBe(holds[1])
  expect(await running.tasks.find(poison.videoId)).toMatchObject({
    errorCode: 'upstream_refused',
    errorMessage: 'Incorrect API key',
  })
})

test.concurrent.each<[string, No]>([
  ['that upstream is busy', { status: 400, body: { error: { message: 'busy, try again later' } } }],
  ['of a timeout', { status: 403, body: { error: { message: 'upstream timeout, try again later' } } }],
  ['of a duplicate', { status: 409, body: { error: { message: 'duplicate request' } } }],
])('a request that is told %s is sent once, and holds up nobody', async (_, no) => {
  await using running = await start((prompt) => (prompt === 'poison' ? no : undefined))
  const [poison, ...others] = (await enqueue(running, ['poison', ...good(10)])) as [TaskRow]
  await allBecome(running, others, 'PROCESSING')
  const outcome = async () => (await running.ledger.findSubmission(poison.videoId, 1))?.outcome
  await vi.waitFor(async () => expect(['in_doubt', 'unknown']).toContain(await outcome()))
  expect(running.postsOf('poison')).toBe(1)
  expect(running.refused()).toEqual([])
  expect(await running.isPaused()).toBe(false)
})

test.concurrent.each<[string, No]>([
  ['in words', deadKey],
  ['without a word', bare],
  ['with a redirect', { status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' } }],
])('while upstream refuses everybody %s all wait, and then all are sent', async (_, no) => {
  let dead = true
  await using running = await start(() => (dead ? no : undefined))
  const tasks = await enqueue(running, good(5))
  for (let probes = 1; probes <= 6; probes += 1) {
    await vi.waitFor(async () => {
      await running.endHold()
      expect(running.refused().length).toBeGreaterThanOrEqual(probes)
    })
  }
  expect(await Promise.all(tasks.map((task) => running.statusOf(task)))).toEqual(Array(5).fill('QUEUED'))
  // All were asked for before any was asked for twice, but for those that were sent together at first.
  expect(new Set(running.posts).size).toBe(5)
  dead = false
  await vi.waitFor(async () => {
    await running.endHold()
    expect(await running.statusOf(tasks[0] as TaskRow)).toBe('PROCESSING')
  })
  await allBecome(running, tasks, 'PROCESSING')
})

test.concurrent('a dead key is probed by one request a hold', async () => {
  await using running = await start(() => deadKey)
  await enqueue(running, ['first'])
  await vi.waitFor(() => expect(running.holds()).toBe(1))
  await enqueue(running, good(20))
  for (let holds = 2; holds <= 3; holds += 1) {
    await vi.waitFor(async () => expect(await running.isPaused()).toBe(true))
    await running.endHold()
    await vi.waitFor(() => expect(running.holds()).toBe(holds))
    expect(running.posts).toHaveLength(holds)
  }
  expect(running.mostOpen()).toBe(1)
})

test.concurrent('a redirect is told to the operator, and not followed', async () => {
  const headers = { location: 'https://elsewhere.example.org/v1/videos?key=secret' }
  await using running = await start((_, count) => (count === 1 ? { status: 301, headers } : undefined))
  const tasks = await enqueue(running, ['one'])
  await vi.waitFor(() => expect(running.refused()).toHaveLength(1))
  expect(running.refused()).toMatchObject([
    { level: 50, reason: 'misconfigured', hint: '301 to https://elsewhere.example.org' },
  ])
  await running.endHold()
  await allBecome(running, tasks, 'PROCESSING')
  expect(await running.ledger.findSubmission((tasks[0] as TaskRow).videoId, 1)).toMatchObject({
    outcome: 'accepted',
  })
})

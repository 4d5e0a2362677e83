import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker, type TestWorker } from './test-worker.ts'

let worker: TestWorker
beforeEach(async () => {
  // However busy the machine, no probe is taken for lost.
  worker = await buildTestWorker({ submit: { sendingMs: 30_000 } })
})
afterEach(() => worker.close())

/** Sends one task that meets a fault. */
async function submitOne(fault?: string, by = worker) {
  const prompt = `${crypto.randomUUID()}${fault ? ` [fault:${fault}]` : ''}`
  const task = await by.aTask({ prompt })
  return { task, outcome: await by.submit(task, by.run()) }
}

/** A worker whose upstream answers its first submits so, and keeps every other one waiting for `answer`. */
async function aStumblingWorker(...stumbles: [status: number, headers?: Record<string, string>][]) {
  const waiting: ServerResponse[] = []
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    const stumble = stumbles.shift()
    if (stumble) response.writeHead(...stumble).end()
    else waiting.push(response)
  })
  const by = await buildTestWorker({
    upstream: { baseUrl: upstream.baseUrl, submitTimeoutMs: 30_000 },
    submit: { sendingMs: 60_000 },
  })
  onTestFinished(async () => {
    await by.close()
    await upstream.close()
  })
  const failures = stumbles.length
  for (let i = 0; i < failures; i += 1) await submitOne(undefined, by)
  await by.endPause()
  return {
    by,
    waiting,
    answer(status: number) {
      for (const each of waiting)
        each.writeHead(status).end(JSON.stringify({ id: crypto.randomUUID(), status: 'queued' }))
    },
  }
}

/** Of five submits at the same moment, what became of those that were let out and those that were not. */
async function submitFive({ by, waiting, answer }: Awaited<ReturnType<typeof aStumblingWorker>>) {
  const ended: Awaited<ReturnType<typeof submitOne>>[] = []
  const all = Array.from({ length: 5 }, async () => ended.push(await submitOne(undefined, by)))
  await vi.waitFor(() => expect(ended.length + waiting.length).toBe(5))
  answer(200)
  await Promise.all(all)
  const ofKind = (kind: string) => ended.filter(({ outcome }) => outcome.kind === kind)
  return { sent: waiting.length, done: ofKind('done'), paused: ofKind('pause') }
}

test('three submits in a row answered 5xx pause the queue', async () => {
  for (const fault of ['server_error', 'accept_500']) {
    await submitOne(fault)
    expect(await worker.submitsPausedForMs()).toBeLessThanOrEqual(0)
  }
  const startedAt = performance.now()
  const { task, outcome } = await submitOne('server_error')
  const pausedForMs = await worker.submitsPausedForMs()
  // Some of it may be over, however slow the machine.
  expect(Math.max(0, pausedForMs) + performance.now() - startedAt).toBeGreaterThan(2400)
  expect(pausedForMs).toBeLessThanOrEqual(5000)

  // The task itself is in doubt like any other and waits for nobody's pause.
  expect(outcome).toEqual({ kind: 'done' })
  expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', attempt: 1, version: 1 })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'in_doubt' })
  expect(await worker.jobState('reconcile', task)).toBe('waiting')
})

test('a paused queue starts no submit of any worker', async () => {
  for (let i = 0; i < 3; i += 1) await submitOne('server_error')
  const pausedAt = performance.now()
  const pausedForMs = await worker.submitsPausedForMs()
  const started = Promise.withResolvers<number>()
  const step = async () => {
    started.resolve(performance.now())
    return { kind: 'done' } as const
  }
  worker.startSubmits(step, 5)
  worker.startSubmits(step, 5)
  await worker.queues.enqueueSubmit(await worker.aTask())
  expect((await started.promise) - pausedAt).toBeGreaterThanOrEqual(pausedForMs - 50)
})

test('after three failures one probe goes out at a time', async () => {
  const stumbling = await aStumblingWorker([500], [500], [500])
  const { sent, done, paused } = await submitFive(stumbling)
  expect(sent).toBe(1)
  expect(done).toHaveLength(1)
  expect(paused).toHaveLength(4)
  for (const { task } of paused) {
    const { tasks, ledger } = stumbling.by
    expect(await tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', version: 1 })
    expect(await ledger.findSubmission(task.videoId, 1)).toBeUndefined()
  }
})

test('a probe that fails holds the others back for longer', async () => {
  for (let i = 0; i < 3; i += 1) await submitOne('server_error')
  await worker.endPause()
  const startedAt = performance.now()
  await submitOne('server_error')
  const pausedForMs = await worker.submitsPausedForMs()
  expect(Math.max(0, pausedForMs) + performance.now() - startedAt).toBeGreaterThan(4900)
  expect(pausedForMs).toBeLessThanOrEqual(10_000)
})

test('a probe that fails while others wait holds them back', async () => {
  const { by, waiting, answer } = await aStumblingWorker([500], [500], [500])
  const told: string[] = []
  by.startSubmits(async (attempt, run) => {
    const outcome = await by.submit(attempt, run)
    told.push(outcome.kind)
    return outcome
  }, 2)
  await by.queues.enqueueSubmit(await by.aTask({ prompt: 'probe' }))
  await vi.waitFor(() => expect(waiting).toHaveLength(1))
  await by.queues.enqueueSubmit(await by.aTask({ prompt: 'other' }))
  await vi.waitFor(() => expect(told).toContain('pause'))
  const answeredAt = performance.now()
  answer(500)
  await vi.waitFor(() => expect(told).toContain('done'))
  expect(waiting).toHaveLength(1)
  expect((await by.submitsPausedForMs()) + performance.now() - answeredAt).toBeGreaterThan(2400)
})

test('a probe whose worker died holds up nobody for long', async () => {
  for (let i = 0; i < 3; i += 1) await submitOne('server_error')
  await worker.endPause()
  const { task: died } = await submitOne('accept_500')
  await worker.endPause()
  await worker.alterLedger(died, { outcome: 'sending', startedAt: new Date() })
  expect((await submitOne()).outcome).toMatchObject({ kind: 'pause' })
  await worker.alterLedger(died, { startedAt: new Date(Date.now() - 60_000) })
  expect((await submitOne()).outcome).toEqual({ kind: 'done' })
})

test.each([undefined, 'refuse', 'refuse_moderation', 'quota'])(
  'an answer such as %s ends the row of failures',
  async (fault) => {
    for (let i = 0; i < 2; i += 1) await submitOne('server_error')
    await submitOne(fault)
    expect(await worker.failedSubmits()).toBe(0)
  },
)

test('a created video lets all submits out again', async () => {
  for (let i = 0; i < 3; i += 1) await submitOne('server_error')
  await worker.endPause()
  await submitOne()
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => submitOne('slow=300')))
  expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(Array(5).fill('done'))
})

test('three submits in a row without an answer in time pause all, as three 5xx do', async () => {
  await Promise.all(['accept_silence', 'no_answer'].map((fault) => submitOne(fault)))
  expect(await worker.submitsPausedForMs()).toBeLessThanOrEqual(0)
  expect(await worker.failedSubmits()).toBe(2)
  await submitOne('no_answer')
  expect(await worker.submitsPausedForMs()).toBeGreaterThan(0)
})

test('answers lost by a reset or cut short pause nobody', async () => {
  const faults = ['accept_reset', 'bad_json', 'accept_reset', 'bad_json']
  await Promise.all(faults.map((fault) => submitOne(fault)))
  expect(await worker.submitsPausedForMs()).toBeLessThanOrEqual(0)
  expect(await worker.failedSubmits()).toBe(0)
})

test('many failures of one moment are counted as three and pause for five seconds', async () => {
  const waiting: ServerResponse[] = []
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    if (waiting.push(response) === 10) for (const each of waiting) each.writeHead(429).end()
  })
  const limited = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
  try {
    const sent = await Promise.all(Array.from({ length: 10 }, () => submitOne(undefined, limited)))
    for (const { outcome } of sent) expect((outcome as { ms: number }).ms).toBeLessThanOrEqual(5000)
    expect(await limited.failedSubmits()).toBe(3)
  } finally {
    await limited.close()
    await upstream.close()
  }
})

test('a success that was on its way before the pause ends no row of failures', async () => {
  const early = submitOne('slow=500')
  await expect.poll(() => worker.requests()).toHaveLength(1)
  await submitOne('rate_limit=30')
  expect((await early).outcome).toEqual({ kind: 'done' })
  expect(await worker.failedSubmits()).toBe(3)
})

test('a pause holds without Redis', async () => {
  await submitOne('rate_limit=30')
  await worker.forgetQueues()
  const { task, outcome } = await submitOne()
  expect(outcome).toMatchObject({ kind: 'pause' })
  expect(await worker.ledger.findSubmission(task.videoId, 1)).toBeUndefined()
  expect((await worker.requests()).filter(({ method }) => method === 'POST')).toHaveLength(1)
})

test('no other probe goes out before the failure of one is noted', async () => {
  await submitOne('rate_limit=1')
  await worker.endPause()
  const letNote = await worker.keepFromNoting()
  const probe = submitOne('rate_limit=30')
  await expect.poll(() => worker.statementsThatWait()).toBe(1)
  const other = await submitOne()
  await letNote()
  expect(other.outcome).toMatchObject({ kind: 'pause' })
  expect(await worker.ledger.findSubmission(other.task.videoId, 1)).toBeUndefined()
  expect((await probe).outcome).toEqual({ kind: 'pause', ms: 30_000 })
})

test('after one rate limit one probe goes out at a time', async () => {
  const { sent, done, paused } = await submitFive(await aStumblingWorker([429, { 'retry-after': '30' }]))
  expect([sent, done.length, paused.length]).toEqual([1, 1, 4])
})

test('a rejected key pauses for five seconds, then for ten', async () => {
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    response.writeHead(401).end('{"error":{"code":"invalid_api_key","message":"wrong key"}}')
  })
  const rejected = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
  try {
    for (const full of [5000, 10_000]) {
      const { outcome } = await submitOne(undefined, rejected)
      await rejected.endPause()
      const { ms } = outcome as { ms: number }
      expect(ms).toBeGreaterThanOrEqual(full / 2)
      expect(ms).toBeLessThanOrEqual(full)
    }
  } finally {
    await rejected.close()
    await upstream.close()
  }
})

test('a longer Retry-After lengthens a pause that stands', async () => {
  await worker.queues.pause('submit', 1000)
  expect((await submitOne('rate_limit=30')).outcome).toEqual({ kind: 'pause', ms: 30_000 })
})

test.each([
  [120, 120_000],
  [86_400, 600_000],
])('a Retry-After of %s s pauses for %s ms', async (seconds, ms) => {
  const upstream = await startOddUpstream((request, response) => {
    request.resume()
    response.writeHead(503, { 'retry-after': String(seconds) }).end()
  })
  const refused = await buildTestWorker({ upstream: { baseUrl: upstream.baseUrl } })
  try {
    for (let i = 0; i < 3; i += 1) await submitOne(undefined, refused)
    const pausedForMs = await refused.submitsPausedForMs()
    expect(pausedForMs).toBeLessThanOrEqual(ms)
    expect(pausedForMs).toBeGreaterThan(ms - 10_000)
  } finally {
    await refused.close()
    await upstream.close()
  }
})

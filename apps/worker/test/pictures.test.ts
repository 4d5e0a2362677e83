import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { CredentialId } from '@reelay/contracts/credential'
import type { TaskRow } from '@reelay/db/schema'
import { pictureKey } from '@reelay/media/object-keys'
import { StoreError } from '@reelay/media/store'
import { type SimulatorOptions, startSimulator } from '@reelay/simulator/server'
import { builtIn } from '@reelay/upstream/dialect/built-in'
import { withOverrides } from '@reelay/upstream/dialect/read-dialect'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { aDialect, buildTestWorker, notesOf } from './test-worker.ts'

type Made = {
  picture: { sha256: string; bytes: number; type: string | null } | null
  sourceBy: string | null
}

const only = CredentialId.parse('only/a')
const picture = randomBytes(200_003)
const told = {
  sha256: createHash('sha256').update(picture).digest('hex'),
  type: 'image/png',
  bytes: picture.length,
  width: 48,
  height: 32,
} as const
const arrived = { picture: expect.objectContaining({ sha256: told.sha256, bytes: told.bytes }) }

describe.each(['openai', 'new-api', 'bifrost', 'xai'] as const)('at %s a picture arrives', (name) => {
  test('with the first send', async () => {
    const { worker, aPictureTask, made } = await aStand(name)
    const task = await aPictureTask()
    expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
    expect(await made()).toEqual([expect.objectContaining(arrived)])
  })

  test('after upstream said that it is too much', async () => {
    const { worker, aPictureTask, made, arm } = await aStand(name)
    const task = await aPictureTask()
    await arm('rate_limit', 'submit')
    const held = await worker.submit(task, worker.run())
    expect(held.kind).not.toBe('done')
    expect(await made()).toEqual([])
    await worker.forgetTrouble()
    await worker.alterLedger(task, { waitsUntil: null, notBefore: {} })
    await worker.submit(task, worker.run(notesOf(held)))
    expect(await made()).toEqual([expect.objectContaining(arrived)])
  })

  test('with the second try of a video that failed', async () => {
    const { worker, aPictureTask, made, arm, current } = await aStand(name)
    const task = await aPictureTask()
    await arm('transient', 'submit')
    await worker.submit(task, worker.run())
    await worker.poll(task)
    const again = await current(task)
    expect(again).toMatchObject({ status: 'QUEUED', attempt: 2 })
    await worker.submit(again, worker.run())
    expect(await made()).toEqual([expect.objectContaining(arrived), expect.objectContaining(arrived)])
  })

  test('with the owner’s retry of what was lost sight of', async () => {
    const { worker, aPictureTask, made, arm, current } = await aStand(name)
    const task = await aPictureTask()
    await arm('accept_reset', 'submit')
    await worker.submit(task, worker.run())
    expect(await made()).toHaveLength(1)
    await worker.cancel(task.videoId)
    const again = await worker.retry(task, true)
    await vi.waitFor(async () => {
      // Another job looks for what the first attempt made.
      await worker.reconcile(task, worker.run())
      expect(await worker.submit(again, worker.run())).toEqual({ kind: 'done' })
    })
    const isFound = builtInDialect(name).list !== null
    const all = await made()
    expect(all).toHaveLength(isFound ? 1 : 2)
    expect(all).toEqual(all.map(() => expect.objectContaining(arrived)))
    expect(await current(task)).toMatchObject({ metadata: { input_reference: told } })
  })
})

test('a remix brings its picture in the form that upstream wants', async () => {
  const { worker, aPictureTask, made, current } = await aStand('sora-relay')
  const source = await aPictureTask({ prompt: 'the source' })
  await worker.submit(source, worker.run())
  const { externalTaskId } = await current(source)
  const remix = await aPictureTask({
    prompt: 'the remix',
    pinnedTo: only,
    metadata: {
      type: 'remix',
      remix_from: source.videoId,
      remix_from_external: externalTaskId,
      input_reference: told,
    } as never,
  })
  await worker.submit(remix, worker.run())
  expect(await made()).toEqual([
    expect.objectContaining({ ...arrived, sourceBy: null }),
    expect.objectContaining({ ...arrived, sourceBy: 'id' }),
  ])
})

test('only upstreams that take a picture are asked for a video with one', async () => {
  const [blind, small, sees] = await Promise.all([
    aSimulator('openai'),
    aSimulator('openai'),
    aSimulator('openai'),
  ])
  const worker = await aWorkerOf([
    anUpstream('blind', blind.url, 'openai', { image: { how: 'never' } }),
    anUpstream('small', small.url, 'openai', { image: { maxBytes: 100_000 } }),
    anUpstream('sees', sees.url, 'openai'),
  ])
  for (let n = 0; n < 4; n += 1) {
    const task = await worker.aTask({ prompt: `a kite ${n}`, metadata: { input_reference: told } })
    await worker.store.put(pictureKey(task.videoId), Readable.from([picture]))
    await worker.submit(task, worker.run())
  }
  const made = await Promise.all([blind, small, sees].map(madeBy))
  expect(made.map((videos) => videos.length)).toEqual([0, 0, 4])
})

describe('a picture that can’t be read', () => {
  test('because the store is away holds up its task, and nothing is sent', async () => {
    const { worker, aPictureTask, made } = await aStand('openai')
    const task = await aPictureTask()
    const { open } = worker.store
    worker.store.open = () => Promise.reject(new StoreError('no route to the store'))
    const outcome = await worker.submit(task, worker.run())
    worker.store.open = open
    expect(outcome.kind).toBe('snooze')
    expect(await made()).toEqual([])
    expect((await worker.tasks.find(task.videoId))?.status).toBe('QUEUED')
    await worker.submit(task, worker.run(notesOf(outcome)))
    expect(await made()).toEqual([expect.objectContaining(arrived)])
  })

  test('because it is shorter than it was is never sent as if it were whole', async () => {
    const { worker, aPictureTask, made } = await aStand('openai')
    const task = await aPictureTask()
    await worker.store.put(pictureKey(task.videoId), Readable.from([picture.subarray(0, 1000)]))
    await worker.submit(task, worker.run())
    expect(await made()).toEqual([])
  })
})

async function aStand(name: NonNullable<SimulatorOptions['dialect']>) {
  const simulator = await aSimulator(name)
  const worker = await aWorkerOf([anUpstream('only', simulator.url, name)])
  return {
    worker,
    made: () => madeBy(simulator),
    current: async ({ videoId }: Pick<TaskRow, 'videoId'>) => (await worker.tasks.find(videoId)) as TaskRow,

    async aPictureTask(of: Parameters<typeof worker.aTask>[0] = {}): Promise<TaskRow> {
      const task = await worker.aTask({
        model: 'openai/sora-2',
        metadata: { input_reference: told },
        ...of,
      })
      await worker.store.put(pictureKey(task.videoId), Readable.from([picture]))
      return task
    },

    async arm(fault: string, scope: string): Promise<void> {
      const response = await fetch(`${simulator.adminUrl}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: fault, scope, count: 1 }),
      })
      if (!response.ok) throw new Error(await response.text())
    },
  }
}

async function aSimulator(dialect: NonNullable<SimulatorOptions['dialect']>) {
  const simulator = await startSimulator({
    dialect,
    key: 'sk-test',
    script: { queuedMs: 0, renderMs: 0 },
  })
  onTestFinished(() => simulator.close())
  return simulator
}

async function aWorkerOf(upstreams: ReturnType<typeof anUpstream>[]) {
  const worker = await buildTestWorker({
    upstream: { submitTimeoutMs: 30_000, pollTimeoutMs: 30_000 },
    upstreams: () => upstreams,
  })
  onTestFinished(() => worker.close())
  return worker
}

function anUpstream(name: string, baseUrl: string, dialectName: string, differs: object = {}) {
  const dialect = builtInDialect(dialectName, differs)
  return { name, baseUrl, dialect, dialectName, credentials: [{ name: 'a', key: 'sk-test' }] }
}

function builtInDialect(name: string, differs: object = {}) {
  return aDialect(withOverrides(builtIn.get(name), differs) as object)
}

async function madeBy({ adminUrl }: { adminUrl: string }): Promise<Made[]> {
  const bill = (await (await fetch(`${adminUrl}/bill`)).json()) as { jobs: { made: Made[] }[] }
  return bill.jobs.flatMap(({ made }) => made)
}

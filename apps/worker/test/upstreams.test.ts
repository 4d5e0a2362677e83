import { CredentialId } from '@reelay/contracts/credential'
import type { TaskRow } from '@reelay/db/schema'
import { type Simulator, startSimulator } from '@reelay/simulator/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aDialect, buildTestWorker, notesOf, type TestWorker } from './test-worker.ts'

type Bill = {
  jobs: { prompt: string; made: { key: string }[] }[]
  mistakes: Record<string, number>
}

const [eastA, eastB, westA] = ['east/a', 'east/b', 'west/a'].map((id) => CredentialId.parse(id)) as [
  CredentialId,
  CredentialId,
  CredentialId,
]
const noMistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

let east: Simulator
let west: Simulator
let worker: TestWorker
beforeEach(async () => {
  const script = { queuedMs: 0, renderMs: 60_000 }
  east = await startSimulator({ keys: [aKey('east-a'), aKey('east-b')], script })
  west = await startSimulator({ keys: [aKey('west-a')], script })
  worker = await buildTestWorker({
    upstreams: () => [
      {
        ...anUpstream(east),
        name: 'east',
        credentials: [aCredential('a', 'east-a'), aCredential('b', 'east-b')],
      },
      { ...anUpstream(west), name: 'west', credentials: [aCredential('a', 'west-a')] },
    ],
  })
})
afterEach(async () => {
  await worker.close()
  await Promise.all([east.close(), west.close()])
})

describe('a first video', () => {
  test('is made with the credential that has the least to do, and asked for with that one', async () => {
    const tasks = []
    for (let n = 0; n < 6; n += 1) tasks.push(await submitted(`one of six ${n}`))
    const rows = await Promise.all(tasks.map(({ videoId }) => worker.tasks.find(videoId)))
    const counts = Map.groupBy(rows, (row) => row?.credential)
    expect([eastA, eastB, westA].map((id) => counts.get(id)?.length)).toEqual([2, 2, 2])
    for (const task of tasks) expect(await worker.poll(task)).toMatchObject({ kind: 'snooze' })
    expect((await billOf(east)).mistakes).toEqual(noMistakes)
    expect((await billOf(west)).mistakes).toEqual(noMistakes)
  })

  test('goes elsewhere at once where a key is dead, under the same attempt', async () => {
    await revoke(east, 'east-a')
    await revoke(east, 'east-b')
    const task = await submittedToItsEnd('made elsewhere')
    expect(await worker.tasks.find(task.videoId)).toMatchObject({
      status: 'PROCESSING',
      attempt: 1,
      credential: westA,
    })
    expect(await worker.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'accepted' })
    expect(await keysThatMade('made elsewhere')).toEqual(['west-a'])

    const next = await submitted('no detour')
    expect(await worker.tasks.find(next.videoId)).toMatchObject({ credential: westA })
  })

  test('goes elsewhere where an upstream can’t be reached', async () => {
    await east.close()
    const task = await submittedToItsEnd('reached')
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ credential: westA })
  })

  test('waits for the first that is free again where all said not now', async () => {
    for (const [upstream, key] of keys()) await revoke(upstream, key)
    const task = await worker.aTask({ prompt: 'nobody takes it' })
    expect(await runUntilItWaits(task)).toEqual({ kind: 'pause', ms: 1000 })
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED', version: 1, attempt: 1 })

    await change(west, 'west-a', { revoked: false })
    await worker.endPause()
    await worker.alterLedger(task, { notBefore: {}, waitsUntil: null })
    await submitAgain(task)
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', credential: westA })
  })

  test('fails for want of quota only when no credential has any', async () => {
    await arm(east, 'quota', 2)
    const made = await submittedToItsEnd('one has quota left')
    expect(await worker.tasks.find(made.videoId)).toMatchObject({ status: 'PROCESSING', credential: westA })

    await arm(east, 'quota', 2)
    await arm(west, 'quota', 1)
    const task = await submittedToItsEnd('nobody has quota')
    expect(await worker.tasks.find(task.videoId)).toMatchObject({
      status: 'FAILED',
      errorCode: 'insufficient_quota',
      attempt: 1,
    })
  })

  test('in doubt never moves', async () => {
    const task = await submitted('lost [fault:accept_reset]')
    const submission = await worker.ledger.findSubmission(task.videoId, 1)
    expect(submission).toMatchObject({ outcome: 'in_doubt' })
    const { credential } = submission ?? {}
    expect(await worker.submit(task, worker.run())).toEqual({ kind: 'done' })
    await vi.waitFor(async () => {
      await worker.reconcile(task, worker.run())
      expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING', credential })
    })
    expect(await keysThatMade('lost [fault:accept_reset]')).toHaveLength(1)
  })

  test('without a model gets the first of the upstream that makes it', async () => {
    const models = new Map([['ours', 'theirs']])
    const mapped = await buildTestWorker({
      upstreams: () => [
        { ...anUpstream(west), name: 'west', models, credentials: [aCredential('a', 'west-a')] },
      ],
    })
    try {
      const task = await mapped.aTask({ prompt: 'any model' })
      await mapped.submit(task, mapped.run())
      const made = await mapped.tasks.find(task.videoId)
      expect(made).toMatchObject({ status: 'PROCESSING', model: 'theirs' })
    } finally {
      await mapped.close()
    }
  })

  test('at a chosen upstream is made there or not at all', async () => {
    await revoke(west, 'west-a')
    const task = await worker.aTask({ prompt: 'chosen', pinnedTo: 'west' as never })
    expect(await runUntilItWaits(task)).toMatchObject({ kind: 'snooze' })
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'QUEUED' })
    expect(await keysThatMade('chosen')).toEqual([])
  })
})

describe('what is made from a video', () => {
  test('is sent with the credential that made it', async () => {
    const { id } = await admin<{ id: string }>(east, 'POST', 'videos', { prompt: 'a source', key: 'east-b' })
    const remix = await worker.aTask({
      prompt: 'a remix of it',
      pinnedTo: eastB,
      metadata: { type: 'remix', remix_from_external: id as never },
    })
    await worker.submit(remix, worker.run())
    expect(await worker.tasks.find(remix.videoId)).toMatchObject({ status: 'PROCESSING', credential: eastB })
    expect(await keysThatMade('a remix of it')).toEqual(['east-b'])
    expect((await billOf(east)).mistakes).toEqual(noMistakes)
  })

  test('waits where that credential is dead, and others go on', async () => {
    await revoke(east, 'east-a')
    const remix = await worker.aTask({
      prompt: 'waits for its own',
      pinnedTo: eastA,
      metadata: { type: 'remix', remix_from_external: 'video_1' as never },
    })
    expect(await runUntilItWaits(remix)).toMatchObject({ kind: 'snooze' })
    const others = await Promise.all([1, 2, 3].map((n) => submitted(`another one ${n}`)))
    for (const { videoId } of others)
      expect(await worker.tasks.find(videoId)).toMatchObject({ status: 'PROCESSING' })
    expect(await worker.tasks.find(remix.videoId)).toMatchObject({ status: 'QUEUED' })
  })
})

describe('of a credential that is no longer configured', () => {
  test('a video in the making waits, until its deadline', async () => {
    const task = await submitted('in the making')
    await worker.alter(task.videoId, { credential: 'gone/a' as never })
    await worker.poll(task)
    expect(await worker.troubleOf(task)).toEqual({ failures: 1 })
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'PROCESSING' })

    await worker.alter(task.videoId, { acceptedAt: new Date(Date.now() - 90_000_000) })
    expect(await worker.poll(task)).toEqual({ kind: 'done' })
    expect(await worker.tasks.find(task.videoId)).toMatchObject({ status: 'FAILED', errorCode: 'timeout' })
  })

  test('a remix waits for it to come back', async () => {
    const remix = await worker.aTask({
      prompt: 'a remix of what is gone',
      pinnedTo: 'gone/a' as never,
      metadata: { type: 'remix', remix_from_external: 'video_1' as never },
    })
    expect(await worker.submit(remix, worker.run())).toMatchObject({ kind: 'snooze' })
    expect(await worker.ledger.findSubmission(remix.videoId, 1)).toBeUndefined()
  })
})

function keys(): [Simulator, string][] {
  return [
    [east, 'east-a'],
    [east, 'east-b'],
    [west, 'west-a'],
  ]
}

async function submitted(prompt: string): Promise<TaskRow> {
  const task = await worker.aTask({ prompt })
  await worker.submit(task, worker.run())
  return task
}

async function submittedToItsEnd(prompt: string): Promise<TaskRow> {
  const task = await worker.aTask({ prompt })
  await submitAgain(task)
  return task
}

/** As BullMQ would run the step, while it wants to be run again at once. */
async function runUntilItWaits(task: TaskRow) {
  let outcome = await worker.submit(task, worker.run())
  while (outcome.kind === 'snooze' && outcome.ms === 0)
    outcome = await worker.submit(task, worker.run(notesOf(outcome)))
  return outcome
}

async function submitAgain(task: TaskRow): Promise<void> {
  expect(await runUntilItWaits(task)).toEqual({ kind: 'done' })
}

function aKey(name: string) {
  return { key: `sk-${name}`, name }
}

function aCredential(name: string, key: string) {
  return { name, key: `sk-${key}` }
}

function anUpstream({ url }: Simulator) {
  return { dialect: aDialect(), dialectName: 'test', baseUrl: url }
}

async function admin<T>(simulator: Simulator, method: string, path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${simulator.adminUrl}/${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function change(simulator: Simulator, key: string, limits: object): Promise<void> {
  return admin(simulator, 'PATCH', `keys/${key}`, limits)
}

function revoke(simulator: Simulator, key: string): Promise<void> {
  return change(simulator, key, { revoked: true })
}

function arm(simulator: Simulator, name: string, count: number): Promise<void> {
  return admin(simulator, 'POST', 'faults', { name, count, scope: 'submit' })
}

async function billOf({ adminUrl }: Simulator): Promise<Bill> {
  return (await fetch(`${adminUrl}/bill`)).json() as Promise<Bill>
}

async function keysThatMade(prompt: string): Promise<string[]> {
  const bills = await Promise.all([billOf(east), billOf(west)])
  const jobs = bills.flatMap(({ jobs }) => jobs).filter((job) => job.prompt === prompt)
  return jobs.flatMap(({ made }) => made.map(({ key }) => key))
}

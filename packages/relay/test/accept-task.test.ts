import { ConnectionLost } from '@reelay/db/errors'
import type { NewTaskRow } from '@reelay/db/moves/insert-together'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { acceptTask, type TaskRequest } from '../src/accept-task.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const { deps } = relay
const patient = { ...deps, acceptance: { ...deps.acceptance, waitMs: 60_000 } }

let user: string
beforeEach(async () => {
  user = await relay.aUser()
})

const asked = (more: Partial<TaskRequest> = {}): TaskRequest => ({
  user,
  key: null,
  resend: undefined,
  wanted: { prompt: 'a paper boat', metadata: {} },
  wait: false,
  ...more,
})

test('a request becomes a row and a job that names the request', async () => {
  const { task, created } = await acceptTask(asked({ key: 'my-key' }), deps)
  expect([created, task.status]).toEqual([true, 'QUEUED'])
  expect(await relay.row(task.videoId)).toMatchObject({
    userId: user,
    clientRequestId: 'my-key',
    prompt: 'a paper boat',
  })
  expect(JSON.parse((await relay.job('submit', task)).data ?? '')).toEqual({
    v: 1,
    videoId: task.videoId,
    attempt: 1,
    requestId: 'request-7',
  })
})

test('who waits gets the row that upstream accepted', async () => {
  const accepting = acceptTask(asked({ wait: true }), patient)
  const { externalTaskId } = await relay.accept(await theOnlyTask())
  const { task, created } = await accepting
  expect({ ...task, created }).toMatchObject({ status: 'PROCESSING', externalTaskId, created: true })
})

test('who waits gets the row that upstream refused', async () => {
  const accepting = acceptTask(asked({ wait: true }), patient)
  await relay.refuse(await theOnlyTask())
  expect((await accepting).task).toMatchObject({ status: 'FAILED', upstreamCode: 'no' })
})

test('who waits longer than is waited gets the row as it is', async () => {
  const { task } = await acceptTask(asked({ wait: true }), deps)
  expect(task.status).toBe('QUEUED')
})

test('nobody waits once the process closes', async () => {
  const closing = new AbortController()
  const accepting = acceptTask(asked({ wait: true }), {
    ...patient,
    acceptance: { ...patient.acceptance, closing: closing.signal },
  })
  const videoId = await theOnlyTask()
  closing.abort()
  expect((await accepting).task).toMatchObject({ videoId, status: 'QUEUED' })
})

test('the same key with the same wish is the same task', async () => {
  const first = await acceptTask(asked({ key: 'key' }), deps)
  const again = await acceptTask(asked({ key: 'key', wait: true }), patient)
  expect([again.created, again.task.videoId]).toEqual([false, first.task.videoId])
})

test('the same key with another wish is turned down', async () => {
  await acceptTask(asked({ key: 'key' }), deps)
  const other = acceptTask(asked({ key: 'key', wanted: { prompt: 'a paper plane' } }), deps)
  await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' })
})

test.each([
  [true, false],
  [false, true],
  [undefined, true],
])('a second request with resend %s is created: %s', async (resend, created) => {
  await acceptTask(asked({ resend: false }), deps)
  expect((await acceptTask(asked({ resend }), deps)).created).toBe(created)
})

test('who has as many unfinished tasks as may be is told which', async () => {
  const { videoId } = await relay.aTask(user)
  await expect(acceptTask(asked(), { ...deps, maxUnfinished: 1 })).rejects.toMatchObject({
    code: 'too_many_unfinished',
    details: { limit: 1, running: [{ videoId, status: 'QUEUED' }] },
  })
  expect(await relay.unfinished(user)).toEqual([videoId])
})

test('a limit turns no known request away', async () => {
  const { task } = await acceptTask(asked({ key: 'key' }), deps)
  const again = await acceptTask(asked({ key: 'key' }), { ...deps, maxUnfinished: 1 })
  expect([again.created, again.task.videoId]).toEqual([false, task.videoId])
})

test('an insert whose answer was lost is asked for again and is one task', async () => {
  let lost = 0
  const insert = async (task: NewTaskRow) => {
    const inserted = await deps.moves.insert(task)
    lost += 1
    if (lost === 1) throw new ConnectionLost()
    return inserted
  }
  const { task, created } = await acceptTask(asked(), { ...deps, moves: { ...deps.moves, insert } })
  expect([created, lost]).toEqual([true, 2])
  expect(await relay.unfinished(user)).toEqual([task.videoId])
})

test('an insert that a full disk refused is not repeated', async () => {
  let inserts = 0
  const full = Object.assign(new Error('no space left'), { code: '53100' })
  const insert = async () => {
    inserts += 1
    throw full
  }
  await expect(acceptTask(asked(), { ...deps, moves: { ...deps.moves, insert } })).rejects.toBe(full)
  expect(inserts).toBe(1)
})

test('a Postgres that goes away during the wait makes an early answer', async () => {
  const find = async () => {
    throw new ConnectionLost()
  }
  const { task } = await acceptTask(asked({ wait: true }), { ...deps, tasks: { ...deps.tasks, find } })
  expect(task.status).toBe('QUEUED')
})

test('a Redis that is away is not waited for: the sweep does the rest', async () => {
  await using lonely = await openRelay({ redisUrl: 'redis://127.0.0.1:1' })
  user = await lonely.aUser()
  const acceptance = { ...lonely.deps.acceptance, waitMs: 60_000 }
  const { task, created } = await acceptTask(asked({ wait: true }), { ...lonely.deps, acceptance })
  expect([created, task.status]).toEqual([true, 'QUEUED'])
  expect(lonely.lines.map(({ msg }) => msg)).toContain('submit not enqueued; the sweep will')
})

/** The user's one task, once its job is there. */
async function theOnlyTask() {
  await expect
    .poll(async () => {
      const [videoId] = await relay.unfinished(user)
      return videoId && (await relay.job('submit', { videoId, attempt: 1 })).data
    })
    .toBeTruthy()
  return (await relay.unfinished(user))[0] as NewTaskRow['videoId']
}

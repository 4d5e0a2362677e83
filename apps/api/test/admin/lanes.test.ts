import { LANES, laneId, laneOf } from '@reelay/contracts/lanes'
import type { TaskRow } from '@reelay/db/schema'
import { isProcessing } from '@reelay/db/tasks/lanes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anOperator } from '../support/admin.ts'
import { createExplained } from '../support/explained.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const canary = 'hidden-canary'
const board = '/admin/queues/api/queues'
let api: TestApp
let explained: ReturnType<typeof createExplained>
let operator: Awaited<ReturnType<typeof anOperator>>
let user: TestUser

beforeAll(async () => {
  api = await buildTestApp()
  explained = createExplained(api)
  operator = await anOperator(api)
  user = await api.aUser()
})
afterAll(async () => {
  await explained.close()
  await api.stop()
})

describe('the board', () => {
  test('shows a lane with its counts and leads to its tasks, each of which leads to the lane', async () => {
    const task = await aPolledTask()
    await explained.aSnoozedLane(task, { tasks: 31, late: 2 })
    const { id, credential, phase } = laneWithId(task)

    const { job } = await read(`${board}/poll/${encodeURIComponent(id)}`)
    expect(job).toMatchObject({ id, data: { v: 2, credential, phase, notes: { tasks: 31, late: 2 } } })
    const { queues } = await read(`${board}?activeQueue=poll&status=delayed`)
    const [listed] = queues
      .find(({ name }: { name: string }) => name === 'poll')
      .jobs.filter((each: { id: string }) => each.id === id)
    expect(listed).toEqual(job)

    const lane = await dataOf(job.externalUrl.href)
    const entry = lane.tasks.find(({ videoId }: { videoId: string }) => videoId === task.videoId)
    expect(await dataOf(entry.task)).toMatchObject({
      task: { videoId: task.videoId },
      lane: { id, href: job.externalUrl.href },
      jobs: { poll: 'delayed', submit: 'unknown' },
    })
  })

  test('leads from any other job to its task, be it one that a worker of the version before polls by', async () => {
    const { videoId, attempt } = await aPolledTask()
    const data = { v: 1 as const, videoId, attempt, notes: { failures: 2 } }
    const polls = explained.queues.opened().find(({ name }) => name === 'poll')
    await polls?.add('poll', data, { jobId: `${videoId}-1`, delay: 60_000 })
    await explained.aSnoozedJob('reconcile', { videoId, attempt })
    const externalUrl = { href: `/admin/tasks/${videoId}` }
    expect((await read(`${board}/poll/${videoId}-1`)).job).toMatchObject({ data, externalUrl })
    expect((await read(`${board}/reconcile/${videoId}-1`)).job).toMatchObject({ externalUrl })
  })

  test('shows nothing else that stands in a lane', async () => {
    const task = await aPolledTask()
    await explained.aSnoozedLane(task)
    const { id, credential, phase } = laneWithId(task)
    const job = `${board}/poll/${encodeURIComponent(id)}`
    const jobData = { v: 2, credential, phase, prompt: canary }
    expect((await operator.send('PATCH', `${job}/update-data`, { jobData })).statusCode).toBe(200)
    expect(await api.redis.hget(`{${api.config.redis.prefix}}:poll:${id}`, 'data')).toContain(canary)
    expect((await operator.get(job)).body).not.toContain(canary)
  })
})

describe('the tasks of a lane', () => {
  test('are shown with their trouble and their job, and without their words', async () => {
    const task = await aPolledTask()
    const { id, credential, phase } = laneWithId(task)
    await api.moves.notePollTrouble([{ ...task, trouble: { failures: 3 } }])
    await explained.aSnoozedLane(task, { tasks: 7, late: 1 })
    const answer = await operator.get(`/admin/lanes/${credential}/${phase}`)
    expect(answer.statusCode).toBe(200)
    const { data } = answer.json()
    expect(data).toMatchObject({
      lane: { id, credential, phase },
      job: { state: 'delayed', dueAt: expect.stringMatching(/Z$/), tasks: 7, late: 1 },
      truncated: false,
    })
    expect(data.tasks).toContainEqual({
      videoId: task.videoId,
      attempt: 1,
      status: 'PROCESSING',
      progress: 0,
      overdue: false,
      acceptedAt: task.acceptedAt?.toISOString(),
      externalTaskId: task.externalTaskId,
      pollTrouble: { attempt: 1, failures: 3 },
      task: `/admin/tasks/${task.videoId}`,
    })
    expect(answer.body).not.toContain(canary)
  })

  test('are none of another lane, and none that has ended', async () => {
    const task = await aPolledTask()
    const { credential, phase } = laneWithId(task)
    const own = `/admin/lanes/${credential}/${phase}`
    expect(await namesIn(own)).toContain(task.videoId)
    expect(await namesIn(`/admin/lanes/${credential}/${(phase + 1) % LANES}`)).not.toContain(task.videoId)
    await api.worker.complete(task.videoId)
    expect(await namesIn(own)).not.toContain(task.videoId)
    const ended = await dataOf(`/admin/tasks/${task.videoId}`)
    expect(ended).toMatchObject({ lane: null, jobs: { poll: 'unknown' } })
  })

  test('are a thousand at most, those first that upstream has had for longest', async () => {
    await api.db.execute(`insert into video_tasks
      (video_id, user_id, request_hash, prompt, status, external_task_id, credential, accepted_at)
      select 'video_1767225600000_crowd' || i, '${user.id}', '', '${canary}', 'PROCESSING', 'up_crowd' || i,
        'crowded/key', timestamptz '2026-01-01T00:00:04.250Z' - i * interval '5 seconds'
      from generate_series(1, 1001) i`)
    const { lane, job, tasks, truncated } = await dataOf('/admin/lanes/crowded/key/17')
    expect(lane).toEqual({ id: 'lane-crowded/key-17', credential: 'crowded/key', phase: 17 })
    expect(job).toEqual({ state: 'missing', dueAt: null, tasks: null, late: null })
    expect(truncated).toBe(true)
    expect(tasks).toHaveLength(1000)
    expect(tasks[0].videoId).toBe('video_1767225600000_crowd1001')
    expect(tasks[999].videoId).toBe('video_1767225600000_crowd2')
  })

  test.each([
    ['default/default/20', 'phase', 'must be at most 19'],
    ['default/default/-1', 'phase', 'must be a whole number'],
    ['default/default/1e1', 'phase', 'must be a whole number'],
    ['default/default/1.5', 'phase', 'must be a whole number'],
    ['default/other/17', 'credential', 'must be one of default'],
    ['default/DEFAULT/17', 'credential', 'must be one of default'],
    ['default/a%2Fb/17', 'credential', 'must be one of default'],
    ['nowhere/default/17', 'upstream', 'must be one of default'],
    ['%27or%20true/default/17', 'upstream', 'must be one of default'],
  ])('names the field of what is no lane: %s', async (path, field, message) => {
    const answer = await operator.get(`/admin/lanes/${path}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field, message }] })
  })

  test('are for ADMINs alone, and no API key opens them', async () => {
    const url = '/admin/lanes/default/default/17'
    expect((await api.app.inject(url)).statusCode).toBe(401)
    expect((await user.get(url)).statusCode).toBe(403)
    const admin = await api.aUser({ role: 'ADMIN' })
    expect((await admin.get(url)).statusCode).toBe(200)
    const { key } = (await admin.post('/api/keys', { name: 'of an ADMIN' })).json().data
    const withKey = await api.app.inject({ url, headers: { authorization: `Bearer ${key}` } })
    expect(withKey.statusCode).toBe(403)
  })
})

test('without Redis the tasks of a lane are shown all the same', async () => {
  await using lonely = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const task = await lonely.aTask(await lonely.aUser(), { status: 'PROCESSING' })
  const { credential, phase } = laneWithId(task)
  const shown = await (await anOperator(lonely)).get(`/admin/lanes/${credential}/${phase}`)
  expect(shown.statusCode).toBe(200)
  expect(shown.json().data).toMatchObject({
    job: { state: expect.stringMatching(/not known/), dueAt: null, tasks: null, late: null },
    tasks: [{ videoId: task.videoId }],
  })
})

function aPolledTask(): Promise<TaskRow> {
  return api.aTask(user, { status: 'PROCESSING', prompt: canary })
}

function laneWithId(task: TaskRow) {
  if (!isProcessing(task)) throw new Error(`is ${task.status}`)
  const lane = laneOf(task)
  return { id: laneId(lane), ...lane }
}

async function namesIn(url: string): Promise<string[]> {
  const { tasks } = await dataOf(url)
  return tasks.map(({ videoId }: { videoId: string }) => videoId)
}

async function dataOf(url: string) {
  return (await read(url)).data
}

async function read(url: string) {
  const answer = await operator.get(url)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

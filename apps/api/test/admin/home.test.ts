import { randomUUID } from 'node:crypto'
import { laneOf } from '@reelay/contracts/lanes'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const routes = ['/api/admin/queues', '/api/admin/in-doubt', '/api/admin/tasks/search?id=any']
let api: TestApp
let admin: TestUser

beforeAll(async () => {
  api = await buildTestApp()
  admin = await api.aUser({ role: 'ADMIN' })
})
afterAll(() => api.stop())

describe.each(routes)('%s', (route) => {
  test('is for ADMINs alone, by their token', async () => {
    expect((await api.app.inject(route)).statusCode).toBe(401)
    const refused = await (await api.aUser()).get(route)
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'forbidden'])
    expect((await admin.get(route)).statusCode).toBe(200)
  })

  test('refuses a token in the address and an API key', async () => {
    const inAddress = `${route}${route.includes('?') ? '&' : '?'}token=${admin.token}`
    expect((await api.app.inject(inAddress)).statusCode).toBe(401)
    const { key } = (await admin.post('/api/keys', { name: 'of an ADMIN' })).json().data
    const refused = await api.app.inject({ url: route, headers: { authorization: `Bearer ${key}` } })
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'forbidden'])
  })
})

describe('the queues', () => {
  test('are told with their jobs and the workers that are there', async () => {
    await using own = await buildTestApp()
    const operator = await own.aUser({ role: 'ADMIN' })
    const idle = { waiting: 0, active: 0, delayed: 0, paused: false, pausedUntil: null }
    expect(await dataOf(operator, '/api/admin/queues')).toEqual({
      queues: ['submit', 'reconcile', 'poll', 'archive'].map((name) => ({ name, ...idle })),
      workers: 0,
    })

    await operator.post('/api/video/tasks', { prompt: 'a red kite' })
    await own.presence.stay(randomUUID())
    const told = await dataOf(operator, '/api/admin/queues')
    expect(told.queues[0]).toEqual({ name: 'submit', ...idle, waiting: 1 })
    expect(told.workers).toBe(1)
  })

  test('are unavailable at once without Redis, and the rest is told all the same', async () => {
    await using own = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
    const operator = await own.aUser({ role: 'ADMIN' })
    const askedAt = performance.now()
    const answer = await operator.get('/api/admin/queues')
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'unavailable'])
    expect(performance.now() - askedAt).toBeLessThan(2000)
    for (const route of routes.slice(1)) expect((await operator.get(route)).statusCode).toBe(200)
  })
})

test('what is in doubt is told the oldest first, a hundred at most, without words', async () => {
  await using own = await buildTestApp()
  const operator = await own.aUser({ role: 'ADMIN' })
  const owner = await own.aUser()
  const made: string[] = []
  for (let i = 0; i < 101; i += 1) {
    const { videoId } = await own.aTask(owner, { prompt: 'canary' })
    made.push(videoId)
    await own.db.execute(`insert into submissions (video_id, attempt, outcome, twin_key, run_id, started_at)
      values ('${videoId}', 1, '${i % 2 === 0 ? 'in_doubt' : 'sending'}', '${videoId}', gen_random_uuid(),
        now() - interval '1 hour' + ${i} * interval '1 second')`)
  }
  const { submissions, truncated } = await dataOf(operator, '/api/admin/in-doubt')
  expect(truncated).toBe(true)
  expect(submissions.map(({ videoId }: { videoId: string }) => videoId)).toEqual(made.slice(0, 100))
  expect(submissions[0]).toEqual({
    videoId: made[0],
    attempt: 1,
    outcome: 'in_doubt',
    credential: 'default/default',
    startedAt: expect.stringMatching(/Z$/),
    status: 'QUEUED',
  })
  expect(JSON.stringify(submissions)).not.toContain('canary')
})

describe('the search', () => {
  test('finds a task by every id that it has, and says nothing of its words', async () => {
    const owner = await api.aUser()
    const externalTaskId = `up_${randomUUID()}` as ExternalTaskId
    const clientRequestId = `order ${randomUUID()}`
    const task = await api.aTask(owner, {
      status: 'PROCESSING',
      prompt: 'canary',
      metadata: { note: 'canary' },
      externalTaskId,
      clientRequestId,
    })
    const { phase } = laneOf({ credential: task.credential, acceptedAt: task.acceptedAt as Date })
    const ids = [task.videoId, `${task.videoId}-1`, externalTaskId, clientRequestId, owner.id, owner.username]
    for (const id of ids) {
      const data = await found(id)
      expect(data, id).toEqual({
        tasks: [
          {
            videoId: task.videoId,
            status: 'PROCESSING',
            attempt: 1,
            username: owner.username,
            externalTaskId,
            credential: 'default/default',
            errorCode: null,
            createdAt: task.createdAt.toISOString(),
            deleted: false,
            lane: {
              id: `lane-default/default-${phase}`,
              href: `/admin/lanes/default/default/${phase}`,
            },
          },
        ],
        truncated: false,
      })
    }
  })

  test('finds a deleted task, and the twenty newest of a user', async () => {
    const owner = await api.aUser()
    const made: string[] = []
    for (let i = 0; i < 21; i += 1) made.unshift((await api.aTask(owner, { status: 'FAILED' })).videoId)
    await owner.delete(`/api/video/tasks/${made[0]}`)
    const { tasks, truncated } = await found(owner.username)
    expect(truncated).toBe(true)
    expect(tasks).toHaveLength(20)
    expect((await found(made[0] ?? '')).tasks).toMatchObject([
      { videoId: made[0], deleted: true, lane: null },
    ])
    expect((await found(made[20] ?? '')).truncated).toBe(false)
  })

  test.each(['', '?id=', `?id=${'a'.repeat(513)}`, '?id=a%00b', '?id=a&id=b'])(
    'names the field of what is no id: %s',
    async (query) => {
      const answer = await admin.get(`/api/admin/tasks/search${query}`)
      expect(answer.statusCode).toBe(400)
      expect(answer.json().details).toMatchObject([{ field: 'id' }])
    },
  )

  test('finds nothing for what is nobody’s', async () => {
    expect(await found("' or true --")).toEqual({ tasks: [], truncated: false })
  })
})

function found(id: string) {
  return dataOf(admin, `/api/admin/tasks/search?${new URLSearchParams({ id })}`)
}

async function dataOf(user: TestUser, route: string) {
  const answer = await user.get(route)
  expect(answer.statusCode).toBe(200)
  return answer.json().data
}

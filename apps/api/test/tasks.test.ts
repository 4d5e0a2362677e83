import type { Task } from '@reelay/contracts/task'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp, noVideoId, type TestUser } from './test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()

const list = (by: TestUser, query = '') => by.get(`/api/video/tasks${query && `?${query}`}`)
const idsOf = (answer: { json(): { data: { tasks: Task[] } } }) =>
  answer.json().data.tasks.map((task) => task.videoId)

test('a queued task shows all that its owner may see', async () => {
  const row = await api.aTask(user, { prompt: '一只猫', model: 'sora-2', metadata: { shot: 3 } })
  const answer = await user.get(`/api/video/tasks/${row.videoId}`)
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    success: true,
    data: {
      videoId: row.videoId,
      externalTaskId: null,
      clientRequestId: null,
      status: 'QUEUED',
      progress: 0,
      prompt: '一只猫',
      model: 'sora-2',
      size: null,
      seconds: null,
      videoUrl: null,
      errorCode: null,
      errorMessage: null,
      upstreamCode: null,
      metadata: { shot: 3 },
      attempt: 1,
      version: 1,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
      completedAt: null,
    },
  })
})

test('a finished task carries a link and a time', async () => {
  const row = await api.aTask(user, { status: 'COMPLETED' })
  const { data } = (await user.get(`/api/video/tasks/${row.videoId}`)).json()
  expect(data).toMatchObject({
    status: 'COMPLETED',
    progress: 100,
    completedAt: row.completedAt?.toISOString(),
  })
  expect(data.videoUrl).toMatch(/^\/api\/video\/content\/[\w.-]+$/)
})

test('a failed task says why', async () => {
  const row = await api.aTask(user, { status: 'FAILED' })
  expect((await user.get(`/api/video/tasks/${row.videoId}`)).json().data).toMatchObject({
    status: 'FAILED',
    errorCode: 'upstream_refused',
    errorMessage: 'The request was refused.',
    upstreamCode: 'invalid_value',
    videoUrl: null,
  })
})

test('a task that the worker found too late is overdue', async () => {
  const row = await api.aTask(user, { status: 'PROCESSING' })
  await api.worker.touch(row.videoId, 'overdue = true')
  expect((await user.get(`/api/video/tasks/${row.videoId}`)).json().data.overdue).toBe(true)
})

test('foreign, made-up and impossible tasks answer alike', async () => {
  const foreign = await api.aTask(await api.aUser(), { status: 'COMPLETED' })
  for (const leaf of ['', '/content', '/lineage']) {
    const answers = await Promise.all(
      [foreign.videoId, noVideoId(), 'video_1', '..%2f..', 'a%2Fb'].map((id) =>
        user.get(`/api/video/tasks/${id}${leaf}`),
      ),
    )
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404)
      expect(answer.json().code).toBe('task_not_found')
    }
    expect(new Set(answers.map(({ body }) => body.replace(/"requestId":"[^"]+"/, ''))).size).toBe(1)
  }
})

test('an address that is too long is refused in the envelope', async () => {
  const answer = await user.get(`/api/video/tasks/${'x'.repeat(101)}`)
  expect(answer.statusCode).toBe(414)
  expect(answer.json().code).toBe('uri_too_long')
})

test('a list is one page of the own tasks, newest first', async () => {
  const owner = await api.aUser()
  const rows = []
  for (let i = 0; i < 3; i += 1) rows.push(await api.aTask(owner))
  await api.aTask(await api.aUser())
  const answer = await list(owner, 'pageSize=2')
  expect(answer.json()).toMatchObject({
    success: true,
    data: { total: 3, page: 1, pageSize: 2, nextCursor: expect.any(String) },
  })
  expect(idsOf(answer)).toEqual([rows[2]?.videoId, rows[1]?.videoId])
  const second = await list(owner, 'pageSize=2&page=2')
  expect(idsOf(second)).toEqual([rows[0]?.videoId])
  expect(second.json().data.nextCursor).toBeNull()
})

test.each([
  ['createdAt', 'desc'],
  ['createdAt', 'asc'],
  ['updatedAt', 'desc'],
  ['completedAt', 'desc'],
  ['completedAt', 'asc'],
])('cursors by %s %s reach every task once', async (orderBy, order) => {
  const owner = await api.aUser()
  for (const status of ['QUEUED', 'COMPLETED', 'PROCESSING', 'FAILED', 'COMPLETED'] as const) {
    await api.aTask(owner, { status })
  }
  const whole = idsOf(await list(owner, `orderBy=${orderBy}&order=${order}`))
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await list(
      owner,
      `orderBy=${orderBy}&order=${order}&pageSize=2${cursor && `&cursor=${cursor}`}`,
    )
    seen.push(...idsOf(answer))
    cursor = answer.json().data.nextCursor
  }
  expect(seen).toHaveLength(5)
  expect(seen).toEqual(whole)
})

test('a cursor of another user gives no foreign task', async () => {
  const [owner, thief] = [await api.aUser(), await api.aUser()]
  for (let i = 0; i < 3; i += 1) await api.aTask(owner)
  const { nextCursor } = (await list(owner, 'pageSize=1')).json().data
  expect(idsOf(await list(thief, `cursor=${nextCursor}`))).toEqual([])
})

test.each(['completed', 'COMPLETED', 'Completed'])('the filter status=%s is understood', async (status) => {
  const owner = await api.aUser()
  const finished = await api.aTask(owner, { status: 'COMPLETED' })
  await api.aTask(owner)
  const answer = await list(owner, `status=${status}`)
  expect(answer.json().data.total).toBe(1)
  expect(idsOf(answer)).toEqual([finished.videoId])
})

test.each([
  ['status=finished', 'status'],
  [`status=${encodeURIComponent("' or 1=1")}`, 'status'],
  ['page=0', 'page'],
  ['page=-1', 'page'],
  ['page=1e9', 'page'],
  ['page=NaN', 'page'],
  ['page=1000000000000', 'page'],
  ['page=101&pageSize=100', 'page'],
  ['pageSize=101', 'pageSize'],
  ['pageSize=0', 'pageSize'],
  ['orderBy=prompt', 'orderBy'],
  ['orderBy=created_at;drop', 'orderBy'],
  ['order=up', 'order'],
  ['cursor=garbage', 'cursor'],
  ['cursor=', 'cursor'],
  [`cursor=${Buffer.from('["1","2"]').toString('base64url')}`, 'cursor'],
  [`cursor=${Buffer.from('{"at":1}').toString('base64url')}`, 'cursor'],
  ['clientRequestId=%00', 'clientRequestId'],
  ['all=yes', 'all'],
  ['status=QUEUED&status=FAILED', 'status'],
])('the query %s is refused by name', async (query, field) => {
  const answer = await list(user, query)
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
})

test('the deepest page is still answered', async () => {
  expect((await list(user, 'page=100&pageSize=100')).statusCode).toBe(200)
})

test('a cursor goes deeper than pages may', async () => {
  const owner = await api.aUser()
  for (let i = 0; i < 2; i += 1) await api.aTask(owner)
  const { nextCursor } = (await list(owner, 'pageSize=1')).json().data
  expect((await list(owner, `page=10000&pageSize=100&cursor=${nextCursor}`)).statusCode).toBe(200)
})

test('unknown query parameters are ignored', async () => {
  const answer = await list(user, 'mediaType=video&_t=1784544953&a[__proto__]=1&__proto__=1')
  expect(answer.statusCode).toBe(200)
})

test('only an admin sees the tasks of all', async () => {
  const admin = await api.aUser({ role: 'ADMIN' })
  const foreign = await api.aTask(await api.aUser())
  const refused = await list(user, 'all=true')
  expect(refused.statusCode).toBe(403)
  expect(refused.json().code).toBe('forbidden')
  expect(idsOf(await list(admin, 'all=true'))).toContain(foreign.videoId)
  expect(idsOf(await list(admin))).not.toContain(foreign.videoId)
})

test('no answer carries what is internal', async () => {
  const row = await api.aTask(user, { status: 'COMPLETED' })
  const answers = await Promise.all([
    list(user),
    user.get(`/api/video/tasks/${row.videoId}`),
    user.get(`/api/video/tasks/${row.videoId}/lineage`),
  ])
  for (const { body } of answers) {
    expect(body).not.toMatch(/"(userId|requestHash|force|autoRetriesUsed|passwordHash)"/)
    expect(body).not.toContain(user.id)
  }
})

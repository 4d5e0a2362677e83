import type { Task } from '@reelay/contracts/task'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp, noVideoId, type TestUser } from '../support/test-app.ts'

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
      archivedAt: null,
      clip: null,
      archiveError: null,
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
      impossibleIds(foreign.videoId).map((id) => user.get(`/api/video/tasks/${id}${leaf}`)),
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

test('a cursor of another user is refused', async () => {
  const [owner, thief] = [await api.aUser(), await api.aUser()]
  for (let i = 0; i < 3; i += 1) await api.aTask(owner)
  const { nextCursor } = (await list(owner, 'pageSize=1')).json().data
  const refused = await list(thief, `cursor=${nextCursor}`)
  expect(refused.statusCode).toBe(400)
  expect(refused.json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'cursor' }] })
})

test('a forged cursor gives own tasks only', async () => {
  const [owner, thief] = [await api.aUser(), await api.aUser()]
  for (let i = 0; i < 3; i += 1) await api.aTask(owner)
  const own = [await api.aTask(thief), await api.aTask(thief)]
  const [genuine, foreign] = await Promise.all(
    [thief, owner].map(async (by) => (await list(by, 'pageSize=1')).json().data.nextCursor as string),
  )
  const decoded = [genuine, foreign].map((cursor) =>
    JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString()),
  )
  const forged = Buffer.from(JSON.stringify(['2999-01-01T00:00:00.000Z', decoded[1][1], decoded[0][2]]))
  expect(idsOf(await list(thief, `cursor=${forged.toString('base64url')}`))).toEqual(
    own.map(({ videoId }) => videoId).reverse(),
  )
})

test.each([
  ['in year 0', '0000-01-01T00:00:00.000Z'],
  ['before the epoch', '1969-12-31T23:59:59.999Z'],
  ['on a day that is none', '2026-02-30T00:00:00.000Z'],
  ['in too small a part of a second', `2026-01-01T00:00:00.${'1'.repeat(150)}Z`],
])('a cursor forged %s is refused', async (_, at) => {
  const owner = await api.aUser()
  for (let i = 0; i < 2; i += 1) await api.aTask(owner)
  const { nextCursor } = (await list(owner, 'pageSize=1')).json().data
  const [, videoId, tag] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString())
  const forged = Buffer.from(JSON.stringify([at, videoId, tag])).toString('base64url')
  const refused = await list(owner, `cursor=${forged}`)
  expect(refused.statusCode).toBe(400)
  expect(refused.json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'cursor' }] })
})

test.each(['orderBy=updatedAt', 'order=asc', 'status=QUEUED', 'clientRequestId=a', 'all=true'])(
  'a cursor of another list than with %s is refused',
  async (query) => {
    const admin = await api.aUser({ role: 'ADMIN' })
    for (let i = 0; i < 2; i += 1) await api.aTask(admin)
    const { nextCursor } = (await list(admin, 'pageSize=1')).json().data
    const refused = await list(admin, `${query}&cursor=${nextCursor}`)
    expect(refused.statusCode).toBe(400)
    expect(refused.json()).toMatchObject({ details: [{ field: 'cursor' }] })
  },
)

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
  ['pageSize=1e6', 'pageSize'],
  ['pageSize=1000000', 'pageSize'],
  ['page=1000000000', 'page'],
  ["status=x' or '1'='1", 'status'],
  ['order=desc;drop table users', 'order'],
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

test('cursors with a status reach every task with it once', async () => {
  const owner = await api.aUser()
  for (const status of ['COMPLETED', 'QUEUED', 'COMPLETED', 'COMPLETED'] as const) {
    await api.aTask(owner, { status })
  }
  const whole = idsOf(await list(owner, 'status=COMPLETED&orderBy=completedAt'))
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `status=completed&orderBy=completedAt&pageSize=1${cursor && `&cursor=${cursor}`}`
    const answer = await list(owner, query)
    seen.push(...idsOf(answer))
    cursor = answer.json().data.nextCursor
  }
  expect(seen).toHaveLength(3)
  expect(seen).toEqual(whole)
})

test('the key of another user’s request finds nothing', async () => {
  const [owner, thief] = [await api.aUser(), await api.aUser()]
  const { videoId } = await api.aTask(owner, { clientRequestId: 'one key' })
  expect(idsOf(await list(owner, 'clientRequestId=one%20key'))).toEqual([videoId])
  expect((await list(thief, 'clientRequestId=one%20key')).json().data).toMatchObject({ tasks: [], total: 0 })
})

test.each(["a' or 1=1 --", '%%%%', '(a+)+$', "a' = '1' or 1=1 --", '\\', '_'])(
  'the text %j is a key like any other',
  async (key) => {
    const owner = await api.aUser()
    await api.aTask(owner)
    const { videoId } = await api.aTask(owner, { clientRequestId: key })
    expect(idsOf(await list(owner, `clientRequestId=${encodeURIComponent(key)}`))).toEqual([videoId])
  },
)

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

/** A foreign task's name, a made-up one, and what is none: paths, look-alikes, and near misses of the foreign one. */
function impossibleIds(foreign: string): string[] {
  const lookAlike = foreign.replace('video', 'vidео')
  return [
    foreign,
    noVideoId(),
    'video_1',
    'video_1:2',
    '..%2f..',
    'a%2Fb',
    ...[
      lookAlike,
      ` ${foreign}`,
      `${foreign}\u0000`,
      `${foreign}/..`,
      foreign.toUpperCase(),
      "' or 1=1 --",
    ].map(encodeURIComponent),
  ]
}

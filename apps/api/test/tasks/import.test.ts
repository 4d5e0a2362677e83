import { randomUUID } from 'node:crypto'
import { laneId, laneOf } from '@reelay/contracts/lanes'
import { taskUpdate } from '@reelay/contracts/task-update'
import { toTaskView } from '@reelay/db/task-view'
import { isProcessing } from '@reelay/db/tasks/lanes'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp, type Headers, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const admin = await api.aUser({ role: 'ADMIN' })

const adopt = (body: object, by: TestUser = admin, headers: Headers = {}) =>
  by.post('/api/video/tasks/import', body, headers)

test('an import is a task in the making with its place in the ledger', async () => {
  const externalTaskId = randomUUID()
  const answer = await adopt({ externalTaskId })
  expect(answer.statusCode).toBe(202)
  const { data } = answer.json()
  expect(data).toMatchObject({
    externalTaskId,
    status: 'PROCESSING',
    progress: 0,
    metadata: { type: 'import' },
  })
  expect(answer.headers.location).toBe(`/api/video/tasks/${data.videoId}`)
  expect((await admin.get(`/api/video/tasks/${data.videoId}`)).json().data).toEqual(data)
  expect(await api.ledger.findSubmission(data.videoId, 1)).toMatchObject({
    outcome: 'adopted',
    externalId: externalTaskId,
    settledAt: expect.any(Date),
  })
})

test('a poll is enqueued that finds out the rest', async () => {
  const { data } = (await adopt({ externalTaskId: randomUUID() })).json()
  const row = await api.row(data.videoId)
  if (!isProcessing(row)) throw new Error('it is not imported')
  expect(await api.redis.exists(`{${api.config.redis.prefix}}:poll:${laneId(laneOf(row))}`)).toBe(1)
})

test('listeners of the new owner hear of an import', async () => {
  const owner = await api.aUser()
  const heard: unknown[] = []
  const leave = await api.listener.listen(owner.id, (update) => heard.push(update))
  const { data } = (
    await adopt({ externalTaskId: randomUUID(), username: owner.username.toUpperCase() })
  ).json()
  await expect.poll(() => heard).toEqual([taskUpdate(toTaskView(await api.row(data.videoId)))])
  leave()
  expect((await owner.get(`/api/video/tasks/${data.videoId}`)).statusCode).toBe(200)
  expect((await admin.get(`/api/video/tasks/${data.videoId}`)).statusCode).toBe(404)
})

test('a known video is not imported twice', async () => {
  const { videoId, externalTaskId } = await api.aTask(await api.aUser(), { status: 'COMPLETED' })
  const before = await api.counts()
  const refused = await adopt({ externalTaskId })
  expect(refused.statusCode).toBe(422)
  expect(refused.json()).toMatchObject({ code: 'already_known', details: { videoId } })
  expect(await api.counts()).toEqual(before)
})

test('twenty imports of one video at once are one task', async () => {
  const body = { externalTaskId: randomUUID() }
  const answers = await Promise.all(Array.from({ length: 20 }, () => adopt(body)))
  const codes = answers.map(({ statusCode }) => statusCode).sort()
  expect(codes).toEqual([202, ...Array(19).fill(422)])
  const [row] = await api.db.execute(
    `select count(*)::int as tasks from video_tasks where external_task_id = '${body.externalTaskId}'`,
  )
  expect(row?.tasks).toBe(1)
})

test.each([
  [{}, 'externalTaskId'],
  [{ externalTaskId: '' }, 'externalTaskId'],
  [{ externalTaskId: 7 }, 'externalTaskId'],
  [{ externalTaskId: '..' }, 'externalTaskId'],
  [{ externalTaskId: 'characters' }, 'externalTaskId'],
  [{ externalTaskId: 'a\u0000' }, 'externalTaskId'],
  [{ externalTaskId: 'x'.repeat(513) }, 'externalTaskId'],
  [{ externalTaskId: 'up_1', username: 'nobody.at.all' }, 'username'],
  [{ externalTaskId: 'up_1', username: "' or 1=1 --" }, 'username'],
  [{ externalTaskId: 'up_1', userId: 'me' }, 'userId'],
])('the import %j is refused by name and leaves nothing', async (body, field) => {
  const before = await api.counts()
  const refused = await adopt(body)
  expect(refused.statusCode).toBe(400)
  expect(refused.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
  expect(await api.counts()).toEqual(before)
})

test('only an admin imports', async () => {
  const before = await api.counts()
  const refused = await adopt({ externalTaskId: 'up_2' }, await api.aUser())
  expect(refused.statusCode).toBe(403)
  expect(refused.json().code).toBe('forbidden')
  const stranger = await api.app.inject({ method: 'POST', url: '/api/video/tasks/import', payload: {} })
  expect(stranger.statusCode).toBe(401)
  expect(await api.counts()).toEqual(before)
})

test('an import without Redis is left to the sweep', async () => {
  await using away = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const answer = await adopt({ externalTaskId: randomUUID() }, await away.aUser({ role: 'ADMIN' }))
  expect(answer.statusCode).toBe(202)
  const row = await away.row(answer.json().data.videoId)
  expect(isProcessing(row) && (await away.tasks.lanes())).toEqual([
    laneOf({ ...row, acceptedAt: row.acceptedAt ?? new Date(Number.NaN) }),
  ])
})

test.each([
  ['en', 'This video already belongs to a task'],
  ['zh-CN', '该视频已属于某个任务'],
])('a refusal is told in %s', async (language, message) => {
  const { externalTaskId } = await api.aTask(await api.aUser(), { status: 'COMPLETED' })
  const refused = await adopt({ externalTaskId }, admin, { 'accept-language': language })
  expect(refused.json()).toMatchObject({ message, error: message })
})

import { firstCredential } from '@reelay/contracts/credential'
import { Timeline } from '@reelay/contracts/timeline'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { anOperator } from '../support/admin.ts'
import { buildTestApp, noVideoId, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()
const admin = await api.aUser({ role: 'ADMIN' })

const read = (by: TestUser, videoId: string) => by.get(`/api/video/tasks/${videoId}/timeline`)
const life = ['created', 'sending', 'accepted', 'progress', 'completed']

test('a timeline tells what happened to a task, oldest first', async () => {
  const { videoId } = await aLife()
  const answer = await read(user, videoId)
  expect(answer.statusCode).toBe(200)
  const { success, data } = answer.json()
  expect(success).toBe(true)
  expect(Timeline.parse(data)).toEqual(data)
  expect(data).toMatchObject({ videoId, truncated: false })
  expect(data.events.map(whatOf)).toEqual(life)
  expect(data.events[3]).toEqual({
    at: expect.any(String),
    what: 'progress',
    attempt: 1,
    credential: firstCredential,
    code: null,
    upstreamCode: null,
    progress: 42,
  })
})

test('a failure is told by its codes, and by no words', async () => {
  const { videoId } = await api.aTask(user, { prompt: 'a secret wish' })
  await api.worker.refuse(videoId, { errorMessage: 'upstream says: a secret wish' })
  const answer = await read(user, videoId)
  expect(answer.json().data.events.slice(-2)).toMatchObject([
    { what: 'refused', code: null },
    { what: 'failed', code: 'upstream_refused', upstreamCode: 'invalid_value' },
  ])
  expect(answer.body).not.toContain('secret wish')
})

test('foreign, deleted, made-up and impossible tasks have none', async () => {
  const foreign = await aLife()
  const deleted = await aLife()
  await user.delete(`/api/video/tasks/${deleted.videoId}`)
  const stranger = await api.aUser()
  expect((await read(stranger, foreign.videoId)).json()).toMatchObject({ code: 'task_not_found' })
  for (const name of [deleted.videoId, noVideoId(), 'nope']) {
    const answer = await read(user, name)
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'task_not_found' })
  }
})

test('an ADMIN reads those of others, and of deleted tasks', async () => {
  const { videoId } = await aLife()
  expect((await read(admin, videoId)).json().data.events.map(whatOf)).toEqual(life)
  await user.delete(`/api/video/tasks/${videoId}`)
  expect((await read(admin, videoId)).json().data.events.map(whatOf)).toEqual([...life, 'deleted'])
  for (const name of [noVideoId(), 'nope']) expect((await read(admin, name)).statusCode).toBe(404)
})

test('who is an ADMIN no longer reads none of others', async () => {
  const { videoId } = await aLife()
  const former = await api.aUser({ role: 'ADMIN' })
  await api.db.execute(sql`update users set role = 'USER' where id = ${former.id}`)
  expect((await read(former, videoId)).statusCode).toBe(404)
})

test('an API key reads its user’s own, and is no ADMIN', async () => {
  const own = await api.aTask(admin)
  const { key } = (await admin.post('/api/keys', { name: 'reader', scopes: ['videos:read'] })).json().data
  const withKey = (videoId: string) =>
    admin.get(`/api/video/tasks/${videoId}/timeline`, { authorization: `Bearer ${key}` })
  expect((await withKey(own.videoId)).json().data.events.map(whatOf)).toEqual(['created'])
  expect((await withKey((await aLife()).videoId)).statusCode).toBe(404)

  const writing = { name: 'writer', scopes: ['videos:write'] }
  const writer = (await admin.post('/api/keys', writing)).json().data.key
  const path = `/api/video/tasks/${own.videoId}/timeline`
  const refused = await admin.get(path, { authorization: `Bearer ${writer}` })
  expect(refused.json()).toMatchObject({ code: 'insufficient_scope' })
})

test('the operator’s page of a task tells it, too', async () => {
  const { videoId } = await aLife()
  const { data } = (await (await anOperator(api)).get(`/admin/tasks/${videoId}`)).json()
  expect(data.events.map(whatOf)).toEqual(life)
  expect(data.eventsTruncated).toBe(false)
})

async function aLife() {
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  await api.worker.progress(videoId, 42)
  return api.worker.complete(videoId)
}

function whatOf({ what }: { what: string }): string {
  return what
}

import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { pictureKey } from '@reelay/media/object-keys'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { anOperator } from '../support/admin.ts'
import { openFeed } from '../support/feed-client.ts'
import { aPng, dataUrl } from '../support/pictures.ts'
import { anArchivedTask, aPendingTask } from '../support/stored-clip.ts'
import { buildTestApp, noVideoId } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()

const pathOf = (videoId: string) => `/api/video/tasks/${videoId}`
const remove = (videoId: string, by = user) => by.delete(pathOf(videoId))

async function aCancelledTask(): Promise<TaskRow> {
  const { videoId } = await api.aTask(user)
  await user.post(`${pathOf(videoId)}/cancel`, {})
  return api.row(videoId)
}

test.each([
  ['COMPLETED', () => api.aTask(user, { status: 'COMPLETED' })],
  ['FAILED', () => api.aTask(user, { status: 'FAILED' })],
  ['CANCELLED', aCancelledTask],
])('a %s task is deleted once', async (status, aTask) => {
  const { videoId } = await aTask()
  const answer = await remove(videoId)
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ success: true, data: { videoId, deleted: true } })
  expect(await api.row(videoId)).toMatchObject({ status, deletedAt: expect.any(Date) })

  const again = await remove(videoId)
  expect(again.statusCode).toBe(404)
  expect(again.json().code).toBe('task_not_found')
})

test.each(['QUEUED', 'PROCESSING'] as const)('a %s task is not deleted', async (status) => {
  const task = await api.aTask(user, { status })
  const { videoId } = task
  const answer = await remove(videoId)
  expect(answer.statusCode).toBe(422)
  expect(answer.json()).toMatchObject({ code: 'not_deletable', details: { videoId, status } })
  expect(await api.row(videoId)).toEqual(task)
})

test('foreign, made-up and impossible tasks answer alike', async () => {
  const { videoId } = await api.aTask(await api.aUser(), { status: 'COMPLETED' })
  for (const name of [videoId, noVideoId(), 'nope'])
    expect((await remove(name)).json()).toMatchObject({ code: 'task_not_found' })
  expect(await api.row(videoId)).toMatchObject({ deletedAt: null })
})

test('what was paid stays in the ledger', async () => {
  const { videoId, externalTaskId } = await api.aTask(user, { status: 'COMPLETED' })
  await remove(videoId)
  expect(await api.ledger.findSubmission(videoId, 1)).toMatchObject({
    outcome: 'accepted',
    externalId: externalTaskId,
  })
  const admin = await api.aUser({ role: 'ADMIN' })
  const imported = await admin.post('/api/video/tasks/import', { externalTaskId })
  expect(imported.json()).toMatchObject({ code: 'already_known', details: { videoId } })
})

describe('a deleted task', () => {
  test.each([
    ['GET', ''],
    ['GET', '/lineage'],
    ['GET', '/timeline'],
    ['GET', '/content'],
    ['GET', '/explain'],
    ['GET', '/content?variant=thumbnail'],
    ['DELETE', '/clip'],
    ['POST', '/cancel'],
    ['POST', '/retry'],
  ] as const)('is not found by %s %s', async (method, path) => {
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    await remove(videoId)
    const url = `${pathOf(videoId)}${path}`
    const answer =
      method === 'GET' ? user.get(url) : method === 'POST' ? user.post(url, {}) : user.delete(url)
    expect((await answer).statusCode).toBe(404)
    expect((await answer).json().code).toBe('task_not_found')
  })

  test('is no source of a remix', async () => {
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    await remove(videoId)
    const before = await api.counts()
    const refused = await user.post(`${pathOf(videoId)}/remix`, { prompt: 'in snow' })
    expect(refused.statusCode).toBe(404)
    expect(refused.json().code).toBe('source_not_found')
    expect(await api.counts()).toEqual(before)
  })

  test('is in no list and counted by none', async () => {
    const owner = await api.aUser()
    const kept = await api.aTask(owner, { status: 'COMPLETED', clientRequestId: 'kept' })
    const gone = await api.aTask(owner, { status: 'COMPLETED', clientRequestId: 'gone' })
    await remove(gone.videoId, owner)
    for (const query of ['', '?status=completed', '?orderBy=completedAt', '?orderBy=updatedAt&order=asc'])
      expect((await owner.get(`/api/video/tasks${query}`)).json().data).toMatchObject({
        tasks: [{ videoId: kept.videoId }],
        total: 1,
      })
    expect((await owner.get('/api/video/tasks?clientRequestId=gone')).json().data).toMatchObject({ total: 0 })
    const recovered = await owner.post('/api/video/tasks/recover', { clientRequestIds: ['kept', 'gone'] })
    expect(recovered.json().data).toMatchObject({ tasks: [{ videoId: kept.videoId }], matched: 1 })

    const admin = await api.aUser({ role: 'ADMIN' })
    const all = await admin.get('/api/video/tasks?all=true&pageSize=100')
    expect(all.body).toContain(kept.videoId)
    expect(all.body).not.toContain(gone.videoId)
  })

  test('is shown to an operator as deleted', async () => {
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    await remove(videoId)
    const operator = await anOperator(api)
    const { data } = (await operator.get(`/admin/tasks/${videoId}`)).json()
    expect(data.task).toMatchObject({ videoId, deletedAt: expect.any(String) })
    expect(data.submissions).toMatchObject([{ outcome: 'accepted' }])
  })

  test('is told of to all who listen', async () => {
    const owner = await api.aUser()
    const gone = await api.aTask(owner, { status: 'COMPLETED' })
    const feeds = [await openFeed(origin, owner), await openFeed(origin, owner)]
    for (const feed of feeds) await feed.heard(gone.videoId)
    await remove(gone.videoId, owner)
    const { version } = await api.row(gone.videoId)
    for (const feed of feeds)
      await vi.waitFor(() => expect(feed.versions(gone.videoId)).toEqual([gone.version, version]))
    expect(feeds[0]?.deleted()).toMatchObject([{ payload: { videoId: gone.videoId, version } }])
  })

  test('is told of by no feed that opens later', async () => {
    const owner = await api.aUser()
    const kept = await api.aTask(owner, { status: 'COMPLETED' })
    const gone = await api.aTask(owner, { status: 'COMPLETED' })
    await remove(gone.videoId, owner)
    const feed = await openFeed(origin, owner)
    await feed.heard(kept.videoId)
    expect(feed.versions(gone.videoId)).toEqual([])
    const narrowed = await openFeed(origin, { ...owner, query: { videoId: gone.videoId } })
    expect(narrowed.status).toBe(404)
  })

  test('keeps its idempotency key', async () => {
    const body = { prompt: 'a cat', clientRequestId: 'of a deleted task' }
    const { videoId } = (await user.post('/api/video/tasks', body)).json().data
    await api.worker.refuse(videoId)
    await remove(videoId)
    const before = await api.counts()
    const again = await user.post('/api/video/tasks', body)
    expect(again.statusCode).toBe(410)
    expect(again.json()).toMatchObject({ code: 'task_deleted', details: { videoId } })
    const another = await user.post('/api/video/tasks', { ...body, prompt: 'a dog' })
    expect(another.json().code).toBe('idempotency_key_reused')
    expect(await api.counts()).toEqual(before)
  })
})

describe('what is stored of a task', () => {
  test('is gone with it, and its links are dead', async () => {
    const { videoId, clip } = await anArchivedTask(api, user, Buffer.from('bytes of a clip'))
    const { url } = (await user.get(`${pathOf(videoId)}/content`)).json().data
    expect((await api.app.inject(url)).statusCode).toBe(200)
    await remove(videoId)
    const dead = await api.app.inject(url)
    expect(dead.statusCode).toBe(404)
    expect(dead.json().code).toBe('task_not_found')
    expect(await api.store.size(clip?.key ?? '')).toBeUndefined()
    expect(await api.row(videoId)).toMatchObject({ archive: 'removed', clip: null })
  })

  test('loses its picture, too', async () => {
    const input_reference = dataUrl(aPng(2000))
    const made = await user.post('/api/video/tasks', { prompt: 'a boat', input_reference })
    const { videoId } = made.json().data
    expect(await api.store.size(pictureKey(videoId))).toBeGreaterThan(0)
    await api.worker.refuse(videoId)
    await remove(videoId)
    expect(await api.store.size(pictureKey(videoId))).toBeUndefined()
  })

  test('is not stored again', async () => {
    const { videoId } = await aPendingTask(api, user)
    await remove(videoId)
    const clip = { key: `clips/${videoId}/late`, bytes: 1, sha256: 'a', type: 'video/mp4' }
    expect(await api.moves.noteClip(videoId, clip)).toBeUndefined()
    expect(await api.row(videoId)).toMatchObject({ archive: 'removed', clip: null })
  })
})

test('remixes of it go on, and may be tried again', async () => {
  const source = await api.aTask(user, {
    status: 'COMPLETED',
    externalTaskId: `up_${noVideoId()}` as ExternalTaskId,
  })
  const remixes: string[] = []
  for (const prompt of ['in snow', 'in rain'])
    remixes.push((await user.post(`${pathOf(source.videoId)}/remix`, { prompt })).json().data.videoId)
  const [queued = '', failed = ''] = remixes
  await api.worker.refuse(failed)
  await remove(source.videoId)

  const metadata = { remix_from: source.videoId, remix_from_external: source.externalTaskId }
  const shown = (await user.get(pathOf(queued))).json().data
  expect(shown).toMatchObject({ status: 'QUEUED', remixed_from: source.videoId, metadata })
  const retried = (await user.post(`${pathOf(failed)}/retry`, {})).json().data
  expect(retried).toMatchObject({ status: 'QUEUED', attempt: 2, metadata })
  await vi.waitFor(async () => expect(await api.jobs()).toContain(`${failed}-2`))
})

test('a key that may only read deletes nothing', async () => {
  const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
  const { key } = (await user.post('/api/keys', { name: 'reader', scopes: ['videos:read'] })).json().data
  const headers = { authorization: `Bearer ${key}` }
  const refused = await api.app.inject({ method: 'DELETE', url: pathOf(videoId), headers })
  expect(refused.json().code).toBe('insufficient_scope')
  expect(await api.row(videoId)).toMatchObject({ deletedAt: null })
})

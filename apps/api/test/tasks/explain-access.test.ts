import { createClient } from '@reelay/client/client'
import { afterAll, expect, test } from 'vitest'
import { anOperator } from '../support/admin.ts'
import { createExplained } from '../support/explained.ts'
import { buildTestApp, noVideoId } from '../support/test-app.ts'

const api = await buildTestApp()
const explained = createExplained(api)
afterAll(async () => {
  await explained.close()
  await api.stop()
})

const pathOf = (videoId: string) => `/api/video/tasks/${videoId}/explain`

test('an ADMIN asks about everybody’s tasks, and deleted ones; others don’t, nor does a key', async () => {
  const [owner, stranger, admin] = [await api.aUser(), await api.aUser(), await api.aUser({ role: 'ADMIN' })]
  const { videoId } = await api.aTask(owner, { status: 'FAILED' })
  expect((await owner.get(pathOf(videoId))).statusCode).toBe(200)
  expect((await stranger.get(pathOf(videoId))).statusCode).toBe(404)
  expect((await admin.get(pathOf(videoId))).json().data.because).toBe('failed')
  const { key } = (await admin.post('/api/keys', { name: 'a program' })).json().data
  const authorization = `Bearer ${key}`
  expect((await admin.get(pathOf(videoId), { authorization })).statusCode).toBe(404)

  await owner.delete(`/api/video/tasks/${videoId}`)
  expect((await owner.get(pathOf(videoId))).statusCode).toBe(404)
  expect((await admin.get(pathOf(videoId))).statusCode).toBe(200)
  for (const odd of [noVideoId(), 'video_1', '%00'])
    expect((await admin.get(pathOf(odd))).json().code, odd).toBe('task_not_found')
  await api.db.execute(`update users set role = 'USER' where id = '${admin.id}'`)
  expect((await admin.get(pathOf(videoId))).statusCode).toBe(404)
})

test('nothing of the task’s words and of upstream’s is told', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, {
    prompt: 'canary',
    clientRequestId: 'canary',
    metadata: { canary: 1 },
  })
  await api.worker.refuse(videoId, { errorMessage: 'canary', upstreamCode: 'canary' })
  const operator = await anOperator(api)
  const page = await operator.get(`/admin/tasks/${videoId}`)
  expect(page.json().data.explanation).toMatchObject({
    because: 'failed',
    text: expect.stringMatching(/^Upstream refused/),
  })
  expect((await user.get(pathOf(videoId))).body).not.toContain('canary')
  expect(JSON.stringify(page.json().data.explanation)).not.toContain('canary')
})

test('the typed client asks, too', async () => {
  const user = await api.aUser()
  const task = await api.aTask(user)
  await explained.queues.enqueueSubmit(task)
  await explained.presence.stay('a worker')
  const client = createClient({ baseUrl: await api.listen(), token: user.token })
  expect(await client.explain(task.videoId)).toMatchObject({
    because: 'in_queue',
    text: 'Waits for its turn: it is the next one.',
  })
})

test('without Redis it says what the row promises', async () => {
  await using lonely = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const user = await lonely.aUser()
  const states = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'] as const
  const because = { QUEUED: 'redis_away', PROCESSING: 'redis_away', COMPLETED: 'completed', FAILED: 'failed' }
  for (const status of states) {
    const { videoId } = await lonely.aTask(user, { status })
    const askedAt = performance.now()
    const answer = await user.get(pathOf(videoId))
    expect(answer.json().data.because).toBe(because[status])
    expect(performance.now() - askedAt).toBeLessThan(2000)
  }
})

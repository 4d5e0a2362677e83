import { firstCredential } from '@reelay/contracts/credential'
import type { FollowedVideo } from '@reelay/db/tasks/lanes'
import { afterAll, expect, test, vi } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()

const cancel = (videoId: string, by = user) => by.post(`/api/video/tasks/${videoId}/cancel`, {})

test.each(['QUEUED', 'PROCESSING'] as const)('a %s task is cancelled and stays so', async (status) => {
  const { videoId, version } = await api.aTask(user, { status })
  const answer = await cancel(videoId)
  expect(answer.statusCode).toBe(200)
  expect(answer.json().data).toMatchObject({ videoId, status: 'CANCELLED', version: version + 1 })
  expect(answer.json().data.completedAt).toBeTruthy()

  const again = await cancel(videoId)
  expect(again.statusCode).toBe(422)
  expect(again.json()).toMatchObject({ code: 'not_cancellable', details: { videoId, status: 'CANCELLED' } })
})

test.each(['COMPLETED', 'FAILED'] as const)('a %s task can no longer be cancelled', async (status) => {
  const { videoId } = await api.aTask(user, { status })
  const answer = await cancel(videoId)
  expect(answer.json()).toMatchObject({ code: 'not_cancellable', details: { status } })
  expect(await api.row(videoId)).toMatchObject({ status })
})

test('foreign, made-up and impossible tasks answer alike', async () => {
  const { videoId } = await api.aTask(await api.aUser())
  for (const name of [videoId, 'video_1762500000000_0000000', 'nope']) {
    expect((await cancel(name)).json()).toMatchObject({ code: 'task_not_found' })
  }
  expect(await api.row(videoId)).toMatchObject({ status: 'QUEUED' })
})

test('a listener of the task hears of its cancel as the end', async () => {
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feed = await openFeed(origin, { ...user, query: { videoId } })
  await feed.heard(videoId)
  await cancel(videoId)
  expect(await feed.heard(videoId, ({ status }) => status === 'CANCELLED')).toBeTruthy()
  await vi.waitFor(() => expect(feed.outcome()).toBe('ended'))
})

test('an acceptance that comes after the cancel changes the ledger alone', async () => {
  const task = await api.aTask(user)
  await api.ledger.beginSubmission(
    task,
    { runId: crypto.randomUUID(), credential: firstCredential, twinKey: task.videoId },
    { sendWindowMs: 0, sendingMs: 0 },
  )
  await cancel(task.videoId)
  expect(await api.ledger.accept(task, 'upstream_late' as never)).toBeUndefined()
  expect(await api.row(task.videoId)).toMatchObject({ status: 'CANCELLED', externalTaskId: null })
  expect(await api.ledger.findSubmission(task.videoId, 1)).toMatchObject({ outcome: 'accepted' })
})

test('a verdict that comes after the cancel changes nothing', async () => {
  const task = await api.aTask(user, { status: 'PROCESSING' })
  await cancel(task.videoId)
  expect(await api.moves.apply(task as FollowedVideo, { to: 'COMPLETED' })).toBeUndefined()
  expect(await api.row(task.videoId)).toMatchObject({ status: 'CANCELLED' })
})

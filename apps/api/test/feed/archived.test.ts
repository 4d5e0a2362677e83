import { afterAll, expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { aPendingTask } from '../support/stored-clip.ts'
import { buildTestApp, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const kept = { bytes: 3, sha256: 'ab', type: 'video/mp4' }

test('a completed task is told to be on its way to the store, and once more when it is there', async () => {
  const user = await api.aUser()
  const feed = await openFeed(origin, user)
  const pending = await aPendingTask(api, user)
  await api.worker.publish(pending)
  const { payload: first } = await feed.heard(pending.videoId, ({ status }) => status === 'COMPLETED')
  expect(first).toMatchObject({ archiving: true, archivedAt: null, clip: null })

  const row = await archived(pending)
  const { payload: second } = await feed.heard(pending.videoId, ({ archivedAt }) => archivedAt !== null)
  expect(second).toMatchObject({
    status: 'COMPLETED',
    version: first.version + 1,
    completedAt: first.completedAt,
    archivedAt: row?.archivedAt?.toISOString(),
    archiveError: null,
    clip: kept,
  })
  expect('archiving' in second).toBe(false)
  expect(feed.text()).not.toContain('clips/')
})

test('a clip that upstream had no more, and one that was removed, are told', async () => {
  const user = await api.aUser()
  const [lost, removed] = [await aPendingTask(api, user), await aPendingTask(api, user)]
  await archived(removed)
  const feed = await openFeed(origin, user)
  const gone = [await api.moves.noteClipLost(lost.videoId), await api.moves.removeClip(removed.videoId)]
  for (const row of gone) if (row) await api.worker.publish(row)
  const heard = await feed.heard(lost.videoId, ({ archiveError }) => archiveError === 'archive_lost')
  expect(heard.payload).toMatchObject({ clip: null, archivedAt: null })
  await feed.heard(removed.videoId, ({ clip, version }) => clip === null && version === gone[1]?.version)
})

test('a feed of one task ends with its completion, as if nothing were to come', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feed = await aFeedOf(user, videoId)
  await feed.heard(videoId)
  await api.worker.complete(videoId)
  expect(await feed.end()).toBe('ended')
  expect(feed.updates().map(({ payload }) => payload.status)).toEqual(['PROCESSING', 'COMPLETED'])
})

test('who comes back to a feed of one task hears that its clip was stored, once', async () => {
  const user = await api.aUser()
  const pending = await aPendingTask(api, user)
  const first = await aFeedOf(user, pending.videoId)
  expect(await first.end()).toBe('ended')
  const completed = first.updates().at(-1)
  expect(completed?.payload).toMatchObject({ status: 'COMPLETED', archiving: true })
  expect((await aFeedOf(user, pending.videoId, completed?.id)).status).toBe(204)

  await archived(pending)
  const second = await aFeedOf(user, pending.videoId, completed?.id)
  expect(await second.end()).toBe('ended')
  expect(second.updates().map(({ payload }) => payload.clip)).toEqual([kept])
  expect((await aFeedOf(user, pending.videoId, second.updates().at(-1)?.id)).status).toBe(204)
})

function aFeedOf(user: TestUser, videoId: string, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  return openFeed(origin, { token: user.token, query: { videoId }, headers })
}

async function archived({ videoId }: Awaited<ReturnType<typeof aPendingTask>>) {
  const row = await api.moves.noteClip(videoId, { key: `clips/${videoId}/a`, ...kept })
  if (row) await api.worker.publish(row)
  return row
}

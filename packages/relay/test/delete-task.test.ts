import { Readable } from 'node:stream'
import { newClipKey, pictureKey } from '@reelay/media/object-keys'
import { afterAll, expect, test, vi } from 'vitest'
import { acceptTask } from '../src/accept-task.ts'
import { deleteTask } from '../src/delete-task.ts'
import { derivationOf } from '../src/derivation-of.ts'
import { getOwnTask } from '../src/get-own-task.ts'
import { retryTask } from '../src/retry-task.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const user = await relay.aUser()

const remove = (videoId: string, by = user, deps = relay.deps) => deleteTask({ user: by, videoId }, deps)
const notFound = { code: 'task_not_found' }

test('an ended task is gone for its owner, and a second time not found', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const heard = await relay.hear(user)
  expect(await remove(videoId)).toBe(videoId)
  const { version, updatedAt } = await relay.row(videoId)
  const told = { type: 'taskDeleted', timestamp: updatedAt.getTime(), payload: { videoId, version } }
  await vi.waitFor(() => expect(heard).toEqual([told]))
  await expect(getOwnTask({ user, videoId }, relay.deps)).rejects.toMatchObject(notFound)
  await expect(remove(videoId)).rejects.toMatchObject(notFound)
})

test('an unfinished task is not deleted', async () => {
  const { videoId } = await relay.aTask(user)
  const code = 'not_deletable'
  await expect(remove(videoId)).rejects.toMatchObject({ code, details: { videoId, status: 'QUEUED' } })
  expect(await relay.row(videoId)).toMatchObject({ deletedAt: null })
})

test('of several at once one deletes', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const answers = await Promise.allSettled([1, 2, 3, 4].map(() => remove(videoId)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject(notFound)
})

test('a task is either tried again or deleted', async () => {
  for (let i = 0; i < 5; i += 1) {
    const { videoId } = await relay.refuse((await relay.aTask(user)).videoId)
    const retried = () => retryTask({ user, videoId, force: false }, relay.deps)
    const [deletion, retry] = await Promise.allSettled([remove(videoId), retried()])
    const row = await relay.row(videoId)
    expect(row.status).toBe(row.deletedAt ? 'FAILED' : 'QUEUED')
    expect(deletion.status).toBe(row.deletedAt ? 'fulfilled' : 'rejected')
    expect(retry.status).toBe(row.deletedAt ? 'rejected' : 'fulfilled')
  }
})

test('its clip, its thumbnail and its picture leave the store', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const { store } = relay.deps
  const keys = [newClipKey(videoId), newClipKey(videoId), pictureKey(videoId)]
  for (const key of keys) await store.put(key, Readable.from([Buffer.from('bytes')]), { type: 'video/mp4' })
  await remove(videoId)
  for (const key of keys) expect(await store.size(key)).toBeUndefined()
})

test('a store that is away keeps no task', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const store = { ...relay.deps.store, remove: () => Promise.reject(new Error('away')) }
  expect(await remove(videoId, user, { ...relay.deps, store })).toBe(videoId)
  expect(relay.lines).toContainEqual(
    expect.objectContaining({ videoId, msg: 'files not removed from the store yet' }),
  )
})

test('the same request again makes no second task', async () => {
  const request = {
    ...{ user, key: 'deleted', resend: undefined, wait: false },
    wanted: { prompt: 'a red kite', metadata: {} },
  }
  const { task } = await acceptTask(request, relay.deps)
  await relay.refuse(task.videoId)
  await remove(task.videoId)
  await expect(acceptTask(request, relay.deps)).rejects.toMatchObject({
    code: 'task_deleted',
    details: { videoId: task.videoId },
  })
  const another = { ...request, wanted: { ...request.wanted, prompt: 'a blue kite' } }
  await expect(acceptTask(another, relay.deps)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
})

test('no remix is made of it', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  await remove(videoId)
  const remix = derivationOf({ user, videoId }, { kind: 'remix', prompt: 'in snow' }, relay.deps)
  await expect(remix).rejects.toMatchObject({ code: 'source_not_found' })
})

test.each([
  [
    'a foreign name',
    async () => (await relay.refuse((await relay.aTask(await relay.aUser())).videoId)).videoId,
  ],
  ['a made-up name', async () => 'video_1762500000000_0000000'],
  ['an impossible name', async () => '../..'],
])('%s is not found', async (_, name) => {
  await expect(remove(await name())).rejects.toMatchObject({ ...notFound, details: undefined })
})

import { afterAll, expect, test } from 'vitest'
import { cancelTask } from '../src/cancel-task.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const user = await relay.aUser()

const cancel = (videoId: string, by = user) => cancelTask({ user: by, videoId }, relay.deps)

test('an unfinished task ends, and its listeners hear of it', async () => {
  const { videoId } = await relay.aTask(user)
  const heard = await relay.hear(user)
  expect(await cancel(videoId)).toMatchObject({ videoId, status: 'CANCELLED' })
  await expect
    .poll(() => heard)
    .toEqual([
      expect.objectContaining({ payload: expect.objectContaining({ videoId, status: 'CANCELLED' }) }),
    ])
})

test('a task that has ended is not cancelled', async () => {
  const { videoId } = await relay.aTask(user)
  await relay.refuse(videoId)
  const code = 'not_cancellable'
  await expect(cancel(videoId)).rejects.toMatchObject({ code, details: { videoId, status: 'FAILED' } })
})

test.each([
  ['a foreign name', async () => (await relay.aTask(await relay.aUser())).videoId],
  ['a made-up name', async () => 'video_1762500000000_0000000'],
  ['an impossible name', async () => '../..'],
])('%s is not found', async (_, name) => {
  await expect(cancel(await name())).rejects.toMatchObject({ code: 'task_not_found', details: undefined })
})

import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import { laneOf } from '@reelay/contracts/lanes'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { afterAll, expect, test } from 'vitest'
import { importVideo } from '../src/import-video.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const user = await relay.aUser()

test('an imported video is a task in the making, told of and polled', async () => {
  const externalTaskId = randomUUID() as ExternalTaskId
  const heard = await relay.hear(user)
  const imported = await importVideo({ user, externalTaskId, credential: firstCredential }, relay.deps)
  expect(imported).toMatchObject({ userId: user, externalTaskId, status: 'PROCESSING' })
  const lane = laneOf(imported as TaskRow & { acceptedAt: Date })
  expect(lane.credential).toBe(firstCredential)
  const job = await relay.job('poll', lane)
  expect(JSON.parse(job.data ?? '')).toEqual({ v: 2, ...lane })
  expect(job.delay).toBe('0')
  await expect.poll(() => heard.map(({ payload }) => payload)).toMatchObject([{ externalTaskId }])
})

test('a video that belongs to a task already is not imported', async () => {
  const { videoId, externalTaskId } = await relay.accept((await relay.aTask(user)).videoId)
  const again = importVideo(
    { user, externalTaskId: externalTaskId as ExternalTaskId, credential: firstCredential },
    relay.deps,
  )
  await expect(again).rejects.toMatchObject({ code: 'already_known', details: { videoId } })
})

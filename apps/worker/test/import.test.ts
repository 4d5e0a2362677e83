import { firstCredential } from '@reelay/contracts/credential'
import type { VideoId } from '@reelay/contracts/task'
import { afterAll, expect, test, vi } from 'vitest'
import { buildTestWorker } from './test-worker.ts'

const worker = await buildTestWorker()
afterAll(() => worker.close())

test('a poll finds out the rest of an imported video', async () => {
  await worker.setScript(0, 0)
  const prompt = 'a kite from elsewhere'
  const made = await worker.upstream.submit({ prompt, size: '1280x720', seconds: '8' }, sendable)
  if (made.kind !== 'created') throw new Error(made.kind)
  const { id: userId } = await worker.aUser('importer')
  const videoId = `video_${Date.now()}_imported` as VideoId
  await worker.moves.importVideo({
    videoId,
    userId,
    externalTaskId: made.video.id,
    credential: firstCredential,
  })

  // Its content is drawn first, which may take longer than a poll waits.
  await vi.waitFor(async () => {
    expect(await worker.poll({ videoId, attempt: 1 })).toEqual({ kind: 'done' })
  })
  expect(await worker.tasks.find(videoId)).toMatchObject({
    status: 'COMPLETED',
    size: '1280x720',
    seconds: '8',
    prompt,
  })
})

const sendable = { record: async () => true, maySend: () => true }

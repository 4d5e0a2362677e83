import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { afterAll, expect, test } from 'vitest'
import { importVideo } from '../src/import-video.ts'
import { remixOf } from '../src/remix-of.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const user = await relay.aUser()

const remix = (videoId: string, more: object = {}) =>
  remixOf({ user, videoId }, { prompt: 'now in snow', ...more }, relay.deps)

test('a remix takes from its source what it does not say, and names it', async () => {
  const { videoId } = await relay.aTask(user, { model: 'sora-2', size: '1280x720', seconds: '8' })
  const { externalTaskId } = await relay.complete(videoId)
  const lineage = { type: 'remix', remix_from: videoId, remix_from_external: externalTaskId }
  const source = { model: 'sora-2', size: '1280x720', seconds: '8' }
  expect(await remix(videoId)).toEqual({ prompt: 'now in snow', ...source, metadata: lineage })
  expect(await remix(videoId, { model: 'sora-2-pro', metadata: { scene: 3, type: 'mine' } })).toEqual({
    prompt: 'now in snow',
    ...source,
    model: 'sora-2-pro',
    metadata: { scene: 3, ...lineage },
  })
})

test.each([
  ['a foreign source', async () => (await relay.aTask(await relay.aUser())).videoId, 'source_not_found'],
  ['a made-up source', async () => 'video_1762500000000_0000000', 'source_not_found'],
  ['an impossible source', async () => '../..', 'source_not_found'],
  ['a queued source', async () => (await relay.aTask(user)).videoId, 'source_not_completed'],
  ['a source in the making', anImported, 'source_not_completed'],
])('%s is turned down', async (_, source, code) => {
  await expect(remix(await source())).rejects.toMatchObject({ code, details: undefined })
})

async function anImported(): Promise<string> {
  const video = { user, externalTaskId: randomUUID() as ExternalTaskId, credential: firstCredential }
  return (await importVideo(video, relay.deps)).videoId
}

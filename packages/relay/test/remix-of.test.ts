import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { afterAll, expect, test } from 'vitest'
import { importVideo } from '../src/import-video.ts'
import { remixOf } from '../src/remix-of.ts'
import { aRegistry, openRelay } from './open-relay.ts'

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
  const wanted = { prompt: 'now in snow', ...source, pinnedTo: firstCredential }
  expect(await remix(videoId)).toEqual({ ...wanted, metadata: lineage })
  expect(await remix(videoId, { model: 'sora-2', metadata: { scene: 3, type: 'mine' } })).toEqual({
    ...wanted,
    metadata: { scene: 3, ...lineage },
  })
})

test('another model is asked for where the upstream of the source takes one', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user, { model: 'sora-2' })).videoId)
  await expect(remix(videoId, { model: 'sora-2-pro' })).rejects.toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'model', message: 'is that of the earlier video' }],
  })
  const derive = [{ verb: 'remix', path: '/videos/{id}/remix', source: 'id-in-path', sends: ['model'] }]
  const upstreams = { registry: aRegistry({ derive }) }
  const wanted = remixOf(
    { user, videoId },
    { prompt: 'in snow', model: 'sora-2-pro' },
    { ...relay.deps, upstreams },
  )
  expect(await wanted).toMatchObject({ model: 'sora-2-pro', pinnedTo: firstCredential })
})

test('a source of a credential that is no longer configured is turned down', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  await relay.moveTo(videoId, 'gone/a')
  await expect(remix(videoId)).rejects.toMatchObject({ code: 'source_upstream_gone' })
})

test('an upstream that makes first videos only is named as one', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const upstreams = { registry: aRegistry({ derive: [] }) }
  const wanted = remixOf({ user, videoId }, { prompt: 'in snow' }, { ...relay.deps, upstreams })
  await expect(wanted).rejects.toMatchObject({
    code: 'not_supported_upstream',
    details: [
      { field: 'source', message: 'upstream can’t make a video from an earlier one, only first videos' },
    ],
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

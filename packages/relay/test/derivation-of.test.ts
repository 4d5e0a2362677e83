import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import { createRegistry } from '@reelay/upstream/registry/registry'
import { afterAll, describe, expect, test } from 'vitest'
import { derivationOf, type NewDerivation } from '../src/derivation-of.ts'
import { importVideo } from '../src/import-video.ts'
import { newVideoId } from '../src/new-video-id.ts'
import { requestHash } from '../src/request-hash.ts'
import { aRegistry, openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const user = await relay.aUser()
const aRemix = { verb: 'remix', path: '/videos/{id}/remix', source: 'id-in-path' }

const remix = (videoId: string, more: object = {}) =>
  derivationOf({ user, videoId }, { kind: 'remix', prompt: 'now in snow', ...more }, relay.deps)

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

test('an edit is as long as its source, and an extension as long as asked', async () => {
  const { videoId } = await relay.aTask(user, { model: 'sora-2', size: '1280x720', seconds: '8' })
  const { externalTaskId } = await relay.complete(videoId)
  const lineage = { remix_from: videoId, remix_from_external: externalTaskId }
  const wanted = { prompt: 'now in snow', model: 'sora-2', size: '1280x720', pinnedTo: firstCredential }
  const edit = await remix(videoId, { kind: 'edit' })
  expect(edit).toEqual({ ...wanted, seconds: '8', metadata: { type: 'edit', ...lineage } })
  const extension = await remix(videoId, { kind: 'extension', seconds: '4' })
  expect(extension).toEqual({ ...wanted, seconds: '4', metadata: { type: 'extension', ...lineage } })
  const longer = await remix(videoId, { kind: 'extension', seconds: '12' })
  const all = [await remix(videoId), edit, extension, longer]
  expect(new Set(all.map(requestHash)).size).toBe(4)
})

test('what its upstream has no words for is turned down', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const upstreams = { registry: aRegistry({ derive: [aRemix] }) }
  for (const [kind, many] of [
    ['edit', 'edits'],
    ['extension', 'extensions'],
  ]) {
    const asked = { kind, prompt: 'in snow', seconds: '4' } as NewDerivation
    await expect(derivationOf({ user, videoId }, asked, { ...relay.deps, upstreams })).rejects.toMatchObject({
      code: 'not_supported_upstream',
      details: [{ field: 'source', message: `upstream makes no ${many}, only remixes` }],
    })
  }
  const short = { registry: aRegistry({ fields: { seconds: { max: 10 } } }) }
  const long = { kind: 'extension', prompt: 'in snow', seconds: '12' } as const
  await expect(
    derivationOf({ user, videoId }, long, { ...relay.deps, upstreams: short }),
  ).rejects.toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'seconds', message: 'must be at most 10 for this upstream' }],
  })
})

test('another model is asked for where the upstream of the source takes one', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user, { model: 'sora-2' })).videoId)
  await expect(remix(videoId, { model: 'sora-2-pro' })).rejects.toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'model', message: 'is that of the earlier video' }],
  })
  const derive = [{ ...aRemix, sends: ['model'] }]
  const upstreams = { registry: aRegistry({ derive }) }
  const wanted = derivationOf(
    { user, videoId },
    { kind: 'remix', prompt: 'in snow', model: 'sora-2-pro' },
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
  const wanted = derivationOf(
    { user, videoId },
    { kind: 'remix', prompt: 'in snow' },
    { ...relay.deps, upstreams },
  )
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

const byFile = { verb: 'video-input', path: '/videos', encoding: 'multipart', source: 'file', field: 'video' }
const clip = { key: 'clips/-/-', bytes: 7, sha256: 'a'.repeat(64), type: 'video/mp4' }

describe('of an upload', () => {
  test('it names its source, and leaves open which credential makes it', async () => {
    const { videoId } = await anUpload()
    expect(await remix(videoId, { metadata: { scene: 3 } })).toEqual({
      ...{ prompt: 'now in snow', model: null, size: '640x360', seconds: '3' },
      metadata: { scene: 3, type: 'remix', remix_from: videoId },
    })
  })

  test('the client may choose the upstream', async () => {
    const { videoId } = await anUpload()
    expect(await remix(videoId, { upstream: 'default' })).toMatchObject({ pinnedTo: 'default' })
    await expect(remix(videoId, { upstream: 'elsewhere' })).rejects.toMatchObject({
      code: 'upstream_not_found',
    })
  })

  test('no upstream can make it: what they make one by is told', async () => {
    const { videoId } = await anUpload()
    const derive = [aRemix]
    for (const more of [{}, { upstream: 'default' }])
      await expect(remixAt({ derive }, videoId, more)).rejects.toMatchObject({
        code: 'not_supported_upstream',
        details: [
          {
            field: 'source',
            message: 'no upstream makes a video from a clip of ours: default makes one by its id only',
          },
        ],
      })
  })

  test('an edit and an extension are made where a clip will do', async () => {
    const { videoId } = await anUpload()
    const openai = { registry: aRegistry() }
    for (const more of [{ kind: 'edit' }, { kind: 'extension', seconds: '4' }] as const) {
      const asked = { prompt: 'now in snow', ...more }
      const wanted = await derivationOf({ user, videoId }, asked, { ...relay.deps, upstreams: openai })
      expect(wanted).toMatchObject({ metadata: { type: more.kind, remix_from: videoId } })
      await expect(remixAt({ derive: [byFile] }, videoId, more)).rejects.toMatchObject({
        code: 'not_supported_upstream',
        details: [
          { field: 'source', message: expect.stringMatching(/^no upstream makes an e\w+ from a clip/) },
        ],
      })
    }
  })

  test('whose clip was removed there is none', async () => {
    const { videoId } = await anUpload()
    await relay.deps.moves.removeClip(videoId)
    await expect(remix(videoId)).rejects.toMatchObject({
      code: 'not_supported_upstream',
      details: [{ field: 'source', message: 'needs its clip, which was removed from our store' }],
    })
  })
})

describe('of a video that upstream made, where that takes nothing but its clip', () => {
  test('its clip of ours will do, at the credential that made it', async () => {
    const { videoId, externalTaskId } = await aCompleted({ archive: 'done', clip })
    expect(await remixAt({ derive: [byFile] }, videoId)).toMatchObject({
      pinnedTo: firstCredential,
      metadata: { type: 'remix', remix_from: videoId, remix_from_external: externalTaskId },
    })
  })

  test.each([
    ['pending', 'which is not in our store yet'],
    ['lost', 'which upstream had no more when it was to be stored'],
    ['removed', 'which was removed from our store'],
    [null, 'which is not kept in our store'],
  ] as const)('without it, being %s, that is told', async (archive, why) => {
    const { videoId } = await aCompleted({ archive })
    const message = `upstream makes a video from an earlier one by its clip only, ${why}`
    await expect(remixAt({ derive: [byFile] }, videoId)).rejects.toMatchObject({
      code: 'not_supported_upstream',
      details: [{ field: 'source', message }],
    })
  })

  test('an upstream that takes no clips says nothing of ours', async () => {
    const { videoId } = await aCompleted({ archive: 'pending' })
    await expect(remixAt({ derive: [] }, videoId)).rejects.toMatchObject({
      details: [{ message: 'upstream can’t make a video from an earlier one, only first videos' }],
    })
  })
})

test('the upstream of a video that one made can’t be chosen', async () => {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  const credentials = [{ name: 'a', key: 'sk-a' }]
  const [known] = aRegistry().upstreams
  if (!known) throw new Error('no upstream')
  const other = { ...known, name: 'other', credentials }
  const registry = createRegistry([{ ...known, credentials: [{ name: 'default', key: 'sk' }] }, other])
  const wanted = (upstream: string) =>
    derivationOf(
      { user, videoId },
      { kind: 'remix', prompt: 'in snow', upstream },
      { ...relay.deps, upstreams: { registry } },
    )
  expect(await wanted('default')).toMatchObject({ pinnedTo: firstCredential })
  await expect(wanted('other')).rejects.toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'upstream', message: 'must be default, which made the source' }],
  })
})

function remixAt(dialect: object, videoId: string, more: object = {}) {
  const upstreams = { registry: aRegistry(dialect) }
  return derivationOf(
    { user, videoId },
    { kind: 'remix', prompt: 'now in snow', ...more },
    { ...relay.deps, upstreams },
  )
}

async function anUpload(): Promise<TaskRow> {
  const videoId = newVideoId()
  const upload = { videoId, userId: user, requestHash: '-', prompt: '', seconds: '3', size: '640x360', clip }
  return (await relay.deps.moves.insertUpload({ ...upload, metadata: { type: 'upload' } })).task
}

async function aCompleted(archived: Pick<TaskRow, 'archive'> & Partial<Pick<TaskRow, 'clip'>>) {
  const { videoId } = await relay.complete((await relay.aTask(user)).videoId)
  await relay.archive(videoId, archived)
  return relay.row(videoId)
}

async function anImported(): Promise<string> {
  const video = { user, externalTaskId: randomUUID() as ExternalTaskId, credential: firstCredential }
  return (await importVideo(video, relay.deps)).videoId
}

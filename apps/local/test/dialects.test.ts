import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { ReelayError, type TaskState } from '@reelay/client/client'
import type { DialectName } from '@reelay/simulator/dialects/all'
import { dialectNames } from '@reelay/simulator/dialects/all'
import type { Simulator } from '@reelay/simulator/server'
import { expect, test, vi } from 'vitest'
import {
  admin,
  type Bill,
  endOf,
  type InProcess,
  startInProcess,
  startUpstream,
  upstreamOf,
} from './in-process.ts'
import { untilKept } from './test-stack.ts'

/**
 * What differs: the model, where one is wanted, whether an earlier video is named by its clip, where its id is of no use,
 * whether a clip will do that upstream doesn't know, and whether videos are edited and extended.
 */
const differences: Record<
  DialectName,
  { model?: string; byClip?: true; takesUploads?: true; edits?: true; hasNoKeys?: true }
> = {
  openai: { takesUploads: true, edits: true },
  azure: { takesUploads: true, edits: true },
  litellm: { takesUploads: true, edits: true },
  bifrost: { model: 'openai/sora-2' },
  'new-api': { model: 'sora-2' },
  'sora-relay': { model: 'sora_video2' },
  'vllm-omni': { byClip: true, takesUploads: true },
  sglang: { byClip: true, takesUploads: true },
  trtllm: { byClip: true, takesUploads: true, hasNoKeys: true },
  openrouter: { model: 'google/veo-3' },
  xai: { model: 'grok-imagine-video', edits: true },
}

const shape = { size: '1280x720', seconds: '8' }
const noMistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

type Journey = InProcess & { simulator: Simulator; wanted: { model?: string; size: string; seconds: string } }
type Made = TaskState & { source: string | null; prompt: string }

test.concurrent.each(dialectNames)(
  'a video is made, remixed, played and kept back over %s',
  async (dialect) => {
    const { model, byClip, takesUploads, edits, hasNoKeys } = differences[dialect]
    const simulator = await startUpstream(dialect, ['a'])
    try {
      await using relay = await startInProcess([upstreamOf('only', simulator, dialect, ['a'])])
      const journey = { ...relay, simulator, wanted: { ...shape, ...(model && { model }) } }

      const first = await expectMade('a red kite', journey)
      const remix = await expectRemix(first, journey)
      const ofUpload = takesUploads ? [await expectUploadRemix(journey)] : await expectNoUploadRemix(journey)
      const edited = edits ? await expectEdits(first, journey) : await expectNoEdits(first, journey)
      const blocked = await expectBlocked('a duel [fault:moderation]', journey)
      const source = byClip ? null : first.externalTaskId
      await expectBill([first, { ...remix, source }, ...ofUpload, ...edited, blocked], journey)
      if (!hasNoKeys) await expectDeadKeyToHold(journey)
    } finally {
      await simulator.close()
    }
  },
)

async function expectMade(prompt: string, journey: Journey): Promise<Made> {
  const { videoId } = await journey.client.createTask({ prompt, ...journey.wanted })
  const end = await endOf(videoId, journey)
  expect(end).toMatchObject({ ...shape, status: 'COMPLETED', progress: 100, attempt: 1 })
  await expectToPlay(end, journey)
  return { ...end, source: null, prompt }
}

async function expectRemix(first: Made, journey: Journey): Promise<Made> {
  const { client } = journey
  const prompt = 'the same kite at night'
  const { videoId } = await client.remix(first.videoId, { prompt })
  const end = await endOf(videoId, journey)
  expect(end).toMatchObject({ status: 'COMPLETED', attempt: 1, remixed_from: first.videoId })
  await expectToPlay(end, journey)
  const { ancestors } = await client.lineage(videoId)
  expect(ancestors.map((task) => task.videoId)).toEqual([first.videoId])
  return { ...end, source: first.externalTaskId, prompt }
}

/** An edit is as long as its source, and an extension as much longer as was asked. */
async function expectEdits(first: Made, journey: Journey): Promise<Made[]> {
  const { client } = journey
  const prompt = 'the same kite, but blue'
  const edit = await endOf((await client.edit(first.videoId, { prompt })).videoId, journey)
  const further = 'it flies away'
  const asked = { prompt: further, seconds: '4' }
  const extension = await endOf((await client.extend(first.videoId, asked)).videoId, journey)
  const ended = { status: 'COMPLETED', attempt: 1, remixed_from: first.videoId }
  expect(edit).toMatchObject({ ...ended, seconds: '8' })
  expect(extension).toMatchObject({ ...ended, seconds: '12' })
  await expectToPlay(extension, journey)
  const types = [edit, extension].map(async ({ videoId }) => (await client.task(videoId)).metadata.type)
  expect(await Promise.all(types)).toEqual(['edit', 'extension'])
  return [
    { ...edit, source: first.externalTaskId, prompt },
    { ...extension, source: first.externalTaskId, prompt: further },
  ]
}

async function expectNoEdits({ videoId }: Made, { api, client }: Journey): Promise<Made[]> {
  const before = await api.counts()
  const asked = { prompt: 'the same kite, but blue' }
  const refusals = [client.edit(videoId, asked), client.extend(videoId, { ...asked, seconds: '4' })]
  for (const refusal of refusals.map((each) => each.catch((error) => error)))
    expect(await refusal).toMatchObject({
      ...{ status: 422, code: 'not_supported_upstream' },
      details: [
        { field: 'source', message: expect.stringMatching(/^upstream makes no e\w+s, only remixes$/) },
      ],
    })
  expect(await api.counts()).toEqual(before)
  return []
}

async function expectUploadRemix(journey: Journey): Promise<Made> {
  const { client } = journey
  const source = await anUpload(journey)
  const prompt = 'mine, but at night'
  const { videoId } = await client.remix(source.videoId, { prompt, upstream: 'only' })
  const end = await endOf(videoId, journey)
  expect(end).toMatchObject({ status: 'COMPLETED', attempt: 1, remixed_from: source.videoId })
  await expectToPlay(end, journey)
  const { descendants } = await client.lineage(source.videoId)
  expect(descendants.map(({ task }) => task?.videoId)).toEqual([videoId])
  return { ...end, source: null, prompt }
}

/** Refused before there is a row, and before anything is paid. */
async function expectNoUploadRemix(journey: Journey): Promise<Made[]> {
  const { api, client } = journey
  const { videoId } = await anUpload(journey)
  const before = await api.counts()
  const refusal = await client.remix(videoId, { prompt: 'mine, but at night' }).catch((error) => error)
  expect(refusal).toBeInstanceOf(ReelayError)
  expect(refusal).toMatchObject({
    status: 422,
    code: 'not_supported_upstream',
    details: [
      {
        field: 'source',
        message: expect.stringMatching(/^no upstream makes a video from a clip of ours: only makes one by/),
      },
    ],
  })
  expect(await api.counts()).toEqual(before)
  return []
}

async function anUpload({ client }: Journey) {
  const path = join(import.meta.dirname, '../../../packages/media/test/fixtures/moov-first.mp4')
  const upload = await client.upload(await openAsBlob(path), { prompt: 'mine' })
  expect(upload).toMatchObject({ status: 'COMPLETED', externalTaskId: null, metadata: { type: 'upload' } })
  return upload
}

async function expectBlocked(prompt: string, journey: Journey): Promise<Made> {
  const { videoId } = await journey.client.createTask({ prompt, ...journey.wanted })
  const end = await endOf(videoId, journey)
  expect(end).toMatchObject({ status: 'FAILED', errorCode: 'moderation_blocked', attempt: 1 })
  return { ...end, source: null, prompt }
}

/** What was asked for was made once, and nothing else was. */
async function expectBill(made: Made[], { simulator }: Journey): Promise<void> {
  const { jobs, total, mistakes } = await admin<Bill>(simulator, 'bill')
  expect(jobs.map(({ source, prompt, ids }) => ({ source, prompt, ids }))).toEqual(
    made.map(({ source, prompt, externalTaskId }) => ({ source, prompt, ids: [externalTaskId] })),
  )
  expect(total).toBe(made.length)
  expect(mistakes).toEqual(noMistakes)
}

/** The link plays the clip that upstream made, whole and in part, and our own store gets the same one. */
async function expectToPlay({ videoId, externalTaskId }: TaskState, { client, simulator }: Journey) {
  const made = await fetch(new URL(`/clips/${encodeURIComponent(externalTaskId ?? '')}.mp4`, simulator.url))
  const clip = Buffer.from(await made.arrayBuffer())
  expect(clip.subarray(4, 8).toString()).toBe('ftyp')
  const whole = await client.content(videoId)
  expect(whole.status).toBe(200)
  expect(clip.equals(Buffer.from(await whole.arrayBuffer()))).toBe(true)
  const part = await client.content(videoId, 'bytes=4-7')
  expect(part.status).toBe(206)
  expect(await part.text()).toBe('ftyp')
  const { clip: kept } = await untilKept(client, videoId)
  expect(kept).toMatchObject({ bytes: clip.length, sha256: createHash('sha256').update(clip).digest('hex') })
}

/** A task of a key that upstream refuses says so and waits, and is made once when the key is good again. */
async function expectDeadKeyToHold(journey: Journey) {
  const { client, simulator, wanted } = journey
  await admin(simulator, 'keys/a', 'PATCH', { revoked: true })
  const { videoId } = await client.createTask({ prompt: 'waits for its key', ...wanted })
  await vi.waitFor(async () => {
    const held = { because: 'key_rejected', until: expect.any(String) }
    expect(await client.task(videoId)).toMatchObject({ status: 'QUEUED', held })
  })
  await admin(simulator, 'keys/a', 'PATCH', { revoked: false })
  expect(await endOf(videoId, journey)).toMatchObject({ status: 'COMPLETED', attempt: 1 })
  const { jobs } = await admin<Bill>(simulator, 'bill')
  expect(jobs.find(({ prompt }) => prompt === 'waits for its key')?.ids).toHaveLength(1)
}

import { createHash } from 'node:crypto'
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

const byClip = 'upstream makes a video from an earlier one by its clip only'
const byClipOrAddress =
  'upstream makes a video from an earlier one by its clip or an address of its clip only'

/** What differs: the model, where one is wanted, and why an earlier video's id is of no use, where it isn't. */
const differences: Record<DialectName, { model?: string; noRemix?: string; hasNoKeys?: true }> = {
  openai: {},
  azure: {},
  litellm: {},
  bifrost: { model: 'openai/sora-2' },
  'new-api': { model: 'sora-2' },
  'sora-relay': { model: 'sora_video2' },
  'vllm-omni': { noRemix: byClip },
  sglang: { noRemix: byClipOrAddress },
  trtllm: { noRemix: byClip, hasNoKeys: true },
  openrouter: { model: 'google/veo-3' },
  xai: { model: 'grok-imagine-video' },
}

const shape = { size: '1280x720', seconds: '8' }
const noMistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

type Journey = InProcess & { simulator: Simulator; wanted: { model?: string; size: string; seconds: string } }
type Made = TaskState & { source: string | null; prompt: string }

test.concurrent.each(dialectNames)(
  'a video is made, remixed, played and kept back over %s',
  async (dialect) => {
    const { model, noRemix, hasNoKeys } = differences[dialect]
    const simulator = await startUpstream(dialect, ['a'])
    try {
      await using relay = await startInProcess([upstreamOf('only', simulator, dialect, ['a'])])
      const journey = { ...relay, simulator, wanted: { ...shape, ...(model && { model }) } }

      const first = await expectMade('a red kite', journey)
      const remix = noRemix
        ? await expectNoRemix(first, noRemix, journey)
        : [await expectRemix(first, journey)]
      const blocked = await expectBlocked('a duel [fault:moderation]', journey)
      await expectBill([first, ...remix, blocked], journey)
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

/** Refused before there is a row, and before anything is paid. */
async function expectNoRemix(first: Made, why: string, { api, client }: Journey): Promise<Made[]> {
  const before = await api.counts()
  const refusal = await client
    .remix(first.videoId, { prompt: 'the same kite at night' })
    .catch((error) => error)
  expect(refusal).toBeInstanceOf(ReelayError)
  expect(refusal).toMatchObject({
    status: 422,
    code: 'not_supported_upstream',
    details: [{ field: 'source', message: why }],
  })
  expect(await api.counts()).toEqual(before)
  return []
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

import { ReelayError } from '@reelay/client/client'
import type { Submitted } from '@reelay/contracts/replies'
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

const byClip = 'upstream makes a video from an earlier one by its clip only'
const byClipOrAddress =
  'upstream makes a video from an earlier one by its clip or an address of its clip only'
const byAddress = 'upstream makes a video from an earlier one by an address of its clip only'

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
  xai: { model: 'grok-imagine-video', noRemix: byAddress },
}

const shape = { size: '1280x720', seconds: '8' }
const noMistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

type Journey = InProcess & { simulator: Simulator; wanted: { model?: string; size: string; seconds: string } }
type Paid = { source: string | null; prompt: string; ids: (string | null)[] }

test.concurrent.each(dialectNames)(
  'a video is made, remixed, played and kept back over %s',
  async (dialect) => {
    const { model, noRemix, hasNoKeys } = differences[dialect]
    const simulator = await startUpstream(dialect, ['a'])
    try {
      await using relay = await startInProcess([upstreamOf('only', simulator, dialect, ['a'])])
      const journey = { ...relay, simulator, wanted: { ...shape, ...(model && { model }) } }

      const { first, ...paid } = await makeFirst(journey)
      const remix = noRemix ? await expectNoRemix(first, noRemix, journey) : [await remixOf(first, journey)]
      const blocked = await expectBlocked(journey)
      await expectBill([paid, ...remix, blocked], journey)
      if (!hasNoKeys) await expectDeadKeyToHold(journey)
    } finally {
      await simulator.close()
    }
  },
)

test.todo('a remix over xai is made from an address of the source’s clip, and ends COMPLETED')

async function makeFirst(journey: Journey): Promise<Paid & { first: Submitted }> {
  const prompt = 'a red kite'
  const first = await journey.client.createTask({ prompt, ...journey.wanted })
  expect(first.status).toBe('processing')
  expect(await endOf(first.videoId, journey)).toMatchObject({ ...shape, status: 'COMPLETED', progress: 100 })
  await expectToPlay(first, journey)
  return { first, source: null, prompt, ids: [first.externalTaskId] }
}

async function remixOf(first: Submitted, journey: Journey): Promise<Paid> {
  const { client } = journey
  const prompt = 'the same kite at night'
  const remix = await client.remix(first.videoId, { prompt })
  expect(remix).toMatchObject({ status: 'processing', remixed_from: first.videoId })
  expect(await endOf(remix.videoId, journey)).toMatchObject({
    status: 'COMPLETED',
    remixed_from: first.videoId,
  })
  await expectToPlay(remix, journey)
  const { ancestors } = await client.lineage(remix.videoId)
  expect(ancestors.map(({ videoId }) => videoId)).toEqual([first.videoId])
  return { source: first.externalTaskId, prompt, ids: [remix.externalTaskId] }
}

/** Refused before there is a row, and before anything is paid. */
async function expectNoRemix(first: Submitted, why: string, { api, client }: Journey): Promise<Paid[]> {
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

async function expectBlocked(journey: Journey): Promise<Paid> {
  const prompt = 'a duel [fault:moderation]'
  const { videoId, externalTaskId } = await journey.client.createTask({ prompt, ...journey.wanted })
  const end = { status: 'FAILED', errorCode: 'moderation_blocked', attempt: 1 }
  expect(await endOf(videoId, journey)).toMatchObject(end)
  return { source: null, prompt, ids: [externalTaskId] }
}

/** What was asked for was made once, and nothing else was. */
async function expectBill(paid: Paid[], { simulator }: Journey): Promise<void> {
  const { jobs, total, mistakes } = await admin<Bill>(simulator, 'bill')
  expect(jobs.map(({ source, prompt, ids }) => ({ source, prompt, ids }))).toEqual(paid)
  expect(total).toBe(paid.length)
  expect(mistakes).toEqual(noMistakes)
}

/** The link plays the clip that upstream made, whole and in part. */
async function expectToPlay({ videoId, externalTaskId }: Submitted, { client, simulator }: Journey) {
  const made = await fetch(new URL(`/clips/${encodeURIComponent(externalTaskId ?? '')}.mp4`, simulator.url))
  const clip = Buffer.from(await made.arrayBuffer())
  expect(clip.subarray(4, 8).toString()).toBe('ftyp')
  const whole = await client.content(videoId)
  expect(whole.status).toBe(200)
  expect(clip.equals(Buffer.from(await whole.arrayBuffer()))).toBe(true)
  const part = await client.content(videoId, 'bytes=4-7')
  expect(part.status).toBe(206)
  expect(await part.text()).toBe('ftyp')
}

/** A task of a key that upstream refuses says so and waits, and is made once when the key is good again. */
async function expectDeadKeyToHold(journey: Journey) {
  const { client, simulator, wanted } = journey
  await admin(simulator, 'keys/a', 'PATCH', { revoked: true })
  const { videoId } = await createWithoutWaiting({ prompt: 'waits for its key', ...wanted }, journey)
  await vi.waitFor(async () => {
    const held = { because: 'key_rejected', until: expect.any(String) }
    expect(await client.task(videoId)).toMatchObject({ status: 'QUEUED', held })
  })
  await admin(simulator, 'keys/a', 'PATCH', { revoked: false })
  expect(await endOf(videoId, journey)).toMatchObject({ status: 'COMPLETED', attempt: 1 })
  const { jobs } = await admin<Bill>(simulator, 'bill')
  expect(jobs.find(({ prompt }) => prompt === 'waits for its key')?.ids).toHaveLength(1)
}

async function createWithoutWaiting(task: object, { apiUrl, client }: Journey): Promise<{ videoId: string }> {
  const response = await fetch(`${apiUrl}/api/video/tasks`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${client.token}`,
      'content-type': 'application/json',
      prefer: 'respond-async',
    },
    body: JSON.stringify(task),
  })
  expect(response.status).toBe(202)
  return ((await response.json()) as { data: { videoId: string } }).data
}

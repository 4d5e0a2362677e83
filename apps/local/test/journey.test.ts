import { createHash } from 'node:crypto'
import type { ReelayClient, TaskState } from '@reelay/client/client'
import { expect, test } from 'vitest'
import type { Stack } from '../src/stack.ts'
import { admin, startTestStack, untilKept } from './test-stack.ts'

/** A request as the simulator logged it, times in ms since 1970. */
type Seen = { method: string; path: string; at: number; endedAt: number | null }

const dialects = [
  { name: 'over a plain upstream', model: 'sora-2', env: {} },
  {
    name: 'over an upstream with a raw key, a prefix and models in remixes',
    model: 'sora-2-pro',
    env: {
      SIMULATOR_AUTH: 'raw',
      SIMULATOR_PREFIX: '/sora/v1',
      SORA_DIALECT: 'sora-relay',
    },
  },
]

test.concurrent.each(dialects)(
  'a remix goes from registration to a playing clip $name',
  async ({ model, env }) => {
    await using journey = await startTestStack({
      ...env,
      SIMULATOR_QUEUED_MS: '500',
      SIMULATOR_RENDER_MS: '8000',
      REMIX_ACCEPT_WAIT_MS: '60000',
    })
    const { client, stack } = journey

    const createdAt = Date.now()
    const source = await client.createTask({
      prompt: 'a red kite',
      size: '1280x720',
      seconds: '4',
      model: 'sora-2',
    })
    expect(source.status).toBe('processing')
    const made = await statesOf(client, source.videoId)
    expect(made.at(-1)).toMatchObject({ status: 'COMPLETED', progress: 100 })
    expect(made.slice(0, -1).every(({ status }) => status === 'PROCESSING')).toBe(true)
    const progress = made.map((state) => state.progress)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))

    expectPollsApart(await pollsOf(stack, made.at(-1)), createdAt)

    const remixedAt = Date.now()
    const remix = await client.remix(source.videoId, { prompt: 'the same kite at night', model })
    expect(remix).toMatchObject({
      status: 'processing',
      remixed_from: source.videoId,
      message: 'Remix task submitted',
    })
    const remixed = (await statesOf(client, remix.videoId)).at(-1)
    expect(remixed).toMatchObject({
      videoId: remix.videoId,
      externalTaskId: remix.externalTaskId,
      status: 'COMPLETED',
    })

    expectPollsApart(await pollsOf(stack, remixed), remixedAt)

    const { clip } = await untilKept(client, remix.videoId)
    await fetch(`${stack.simulatorAdminUrl}/restart`, { method: 'POST' })
    const whole = Buffer.from(await (await client.content(remix.videoId)).arrayBuffer())
    expect(whole.subarray(4, 8).toString()).toBe('ftyp')
    expect(clip).toEqual({
      bytes: whole.length,
      sha256: createHash('sha256').update(whole).digest('hex'),
      type: 'video/mp4',
    })
    const part = await client.content(remix.videoId, 'bytes=4-7')
    expect(part.status).toBe(206)
    expect(await part.text()).toBe('ftyp')

    const { events } = await client.timeline(remix.videoId)
    expect(new Set(events.map(({ what }) => what))).toEqual(
      new Set(['created', 'sending', 'accepted', 'progress', 'completed', 'archived']),
    )
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted())

    const { ancestors, descendants } = await client.lineage(source.videoId)
    expect(ancestors).toEqual([])
    expect(descendants.map(({ task }) => task?.videoId)).toEqual([remix.videoId])
    expect((await client.lineage(remix.videoId)).ancestors.map(({ videoId }) => videoId)).toEqual([
      source.videoId,
    ])

    expect(await admin(stack, 'bill')).toMatchObject({ total: 2, jobs: [{ count: 1 }, { count: 1 }] })
  },
)

/** The polls of a finished video, in the order in which upstream got them. Later its address is asked for, to fetch it. */
async function pollsOf(stack: Stack, video: TaskState | undefined): Promise<Seen[]> {
  const requests = (await admin(stack, 'requests')) as Seen[]
  const completedAt = Date.parse(video?.completedAt ?? '')
  return requests.filter(
    ({ method, path, at }) =>
      method === 'GET' && path.endsWith(`/videos/${video?.externalTaskId}`) && at < completedAt,
  )
}

/**
 * At most one in 5 s, however late each arrives, and none before the last one was answered: two workers share them. All
 * come at the phase of a lane, which is a quarter of a second wide.
 */
function expectPollsApart(polls: Seen[], askedAt: number): void {
  expect(polls.length).toBeGreaterThanOrEqual(2)
  for (const [i, poll] of polls.entries()) {
    expect(poll.at - askedAt).toBeGreaterThanOrEqual(4700 + 5000 * i)
    if (i > 0) expect(poll.at).toBeGreaterThanOrEqual(polls[i - 1]?.endedAt ?? Number.POSITIVE_INFINITY)
  }
}

async function statesOf(client: ReelayClient, videoId: string) {
  return Array.fromAsync(client.follow(videoId))
}

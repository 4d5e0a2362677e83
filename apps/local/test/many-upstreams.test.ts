import type { TaskRow } from '@reelay/db/schema'
import type { Simulator } from '@reelay/simulator/server'
import { expect, test } from 'vitest'
import {
  admin,
  type Bill,
  endOf,
  type InProcess,
  startInProcess,
  startUpstream,
  upstreamOf,
} from './in-process.ts'

type Request = { method: string; videoId: string | null; key: string | null }
type Asked = { bill: Bill; requests: Request[] }

/** What each calls the model that clients know as `kite`. */
const models = { azure: 'our-deployment', openrouter: 'google/veo-3', 'sora-relay': 'sora_video2' } as const
const names = Object.keys(models) as (keyof typeof models)[]
const noMistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }
const wanted = { model: 'kite', size: '1280x720', seconds: '8' }
// Long enough for azure to have as many as it makes at a time, so that the rest must go elsewhere.
const script = { queuedMs: 200, renderMs: 1500 }

test('thirty videos and their remixes are made, followed and played with one credential each', async () => {
  const simulators = await Promise.all(
    names.map((name) => startUpstream(name, keysOf(name), { script, oneClip: true })),
  )
  const upstreams = names.map((name, index) => ({
    ...upstreamOf(name, simulators[index] as Simulator, name, keysOf(name)),
    models: { kite: models[name] },
  }))
  try {
    await using relay = await startInProcess(upstreams)
    const firsts = await Promise.all(Array.from({ length: 30 }, (_, n) => made(`kite ${n}`, relay)))
    expect(new Set(firsts.map(upstreamName))).toEqual(new Set(names))
    const sources = names.map((name) => firsts.find((task) => upstreamName(task) === name) as TaskRow)
    const remixes = await Promise.all(sources.map((source) => remixed(source, relay)))
    expect(remixes.map(({ credential }) => credential)).toEqual(sources.map(({ credential }) => credential))

    const asked = await Promise.all(simulators.map(readAsked))
    expect(asked.map(({ bill }) => bill.mistakes)).toEqual(names.map(() => noMistakes))
    expect(asked.reduce((sum, { bill }) => sum + bill.total, 0)).toBe(33)
    for (const task of [...firsts, ...remixes]) expectOwnCredential(task, asked)
  } finally {
    await Promise.all(simulators.map((simulator) => simulator.close()))
  }
})

async function made(prompt: string, relay: InProcess): Promise<TaskRow> {
  const { videoId } = await relay.client.createTask({ prompt, ...wanted })
  return played(videoId, relay)
}

async function remixed({ videoId: source, prompt }: TaskRow, relay: InProcess): Promise<TaskRow> {
  const { videoId } = await relay.client.remix(source, { prompt: `${prompt} at night` })
  return played(videoId, relay)
}

async function played(videoId: string, relay: InProcess): Promise<TaskRow> {
  expect(await endOf(videoId, relay)).toMatchObject({ status: 'COMPLETED', attempt: 1 })
  const clip = Buffer.from(await (await relay.client.content(videoId)).arrayBuffer())
  expect(clip.subarray(4, 8).toString()).toBe('ftyp')
  return relay.api.row(videoId)
}

/** Paid for once with the credential that the row names, and asked for with no other. */
function expectOwnCredential(task: TaskRow, asked: Asked[]): void {
  const { credential, externalTaskId: id, prompt } = task
  const key = credential?.split('/')[1]
  const { bill, requests } = asked[names.indexOf(upstreamName(task))] as Asked
  expect(bill.jobs.find((job) => job.prompt === prompt)?.made).toMatchObject([{ id, key }])
  const looks = requests.filter(({ method, videoId }) => method === 'GET' && videoId === id)
  expect(new Set(looks.map((look) => look.key))).toEqual(new Set([key]))
}

async function readAsked(simulator: Simulator): Promise<Asked> {
  return { bill: await admin(simulator, 'bill'), requests: await admin(simulator, 'requests') }
}

function upstreamName({ credential }: TaskRow): (typeof names)[number] {
  return credential?.split('/')[0] as (typeof names)[number]
}

/** The keys of an upstream, which its credentials and the simulator's bill are named by. */
function keysOf(upstream: string): string[] {
  return [`${upstream}-a`, `${upstream}-b`]
}

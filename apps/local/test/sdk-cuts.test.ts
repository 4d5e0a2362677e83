import { readFileSync } from 'node:fs'
import type { Task } from '@reelay/contracts/task'
import OpenAI, { APIConnectionError, toFile } from 'openai'
import { expect, test } from 'vitest'
import { type Fate, startCuttingProxy } from '../../api/test/support/cutting-proxy.ts'
import {
  admin,
  type Bill,
  endOf,
  type InProcess,
  startInProcess,
  startUpstream,
  upstreamOf,
} from './in-process.ts'

type Call = (sdk: OpenAI, prompt: string, source: string) => Promise<OpenAI.Videos.Video>
type Cut = { prompt: string; fate: Fate; outcome: Outcome }

/** `told`: sent again, and answered; `broken`: the SDK gives up at a body that ends early; `unheard`: cut each time. */
type Outcome = 'told' | 'broken' | 'unheard'

/** Every how many bytes a connection is cut; 1 takes minutes. */
const step = Number(process.env.CUT_EVERY ?? 40)
const AT_ONCE = 50

const picture = readFileSync(new URL('../../../packages/media/test/fixtures/lossy.webp', import.meta.url))
const upload = () => toFile(picture, 'a.webp', { type: 'image/webp' })

const calls: { name: string; call: Call }[] = [
  {
    name: 'a first video with a picture',
    call: async (sdk, prompt) => sdk.videos.create({ prompt, input_reference: await upload() }),
  },
  { name: 'a remix', call: (sdk, prompt, source) => sdk.videos.remix(source, { prompt }) },
]

test.each(calls)('$name is paid for once, wherever its connection is cut', async ({ call }) => {
  const simulator = await startUpstream('openai', ['one'], { oneClip: true })
  try {
    const settings = { ARCHIVE: 'off', REMIX_ACCEPT_WAIT_MS: '60000' }
    await using relay = await startInProcess([upstreamOf('one', simulator, 'openai', ['one'])], settings)
    const { key } = await relay.client.createKey({ name: 'sdk' })
    const { videoId: source } = await relay.client.createTask({ prompt: 'the source' })
    await endOf(source, relay)
    const ask = (origin: string, prompt: string) =>
      call(new OpenAI({ baseURL: `${origin}/v1`, apiKey: key }), prompt, source)

    const cuts = cutsOf(await lengths(relay, ask))
    const told = new Map<string, string>()
    for (let n = 0; n < cuts.length; n += AT_ONCE) {
      const batch = cuts.slice(n, n + AT_ONCE).map(async (cut) => {
        const id = await askThroughCut(cut, relay, ask)
        if (id) told.set(cut.prompt, id)
      })
      await Promise.all(batch)
    }

    const tasks = await allAccepted(relay)
    const { total, jobs } = await admin<Bill>(simulator, 'bill')
    expect(total).toBe(tasks.length)
    const paid = new Map(jobs.map(({ prompt, ids }) => [prompt, ids]))
    for (const { prompt, videoId, externalTaskId } of tasks) {
      expect({ prompt, ids: paid.get(prompt) }).toEqual({ prompt, ids: [externalTaskId] })
      expect(told.get(prompt) ?? videoId).toBe(videoId)
    }
    const made = new Set(tasks.map(({ prompt }) => prompt))
    expect(cuts.filter(({ prompt, outcome }) => outcome !== 'unheard' && !made.has(prompt))).toEqual([])
  } finally {
    await simulator.close()
  }
})

type Ask = (origin: string, prompt: string) => Promise<OpenAI.Videos.Video>

/** How many bytes the request and its answer have, with a prompt as long as those that follow. */
async function lengths({ apiUrl }: InProcess, ask: Ask) {
  await using proxy = await startCuttingProxy(apiUrl)
  const video = await ask(proxy.origin, promptOf('nowhere', 0))
  const { asked, answered } = proxy.bytes()
  return { asked, answered, head: answered - Buffer.byteLength(JSON.stringify(video)) }
}

/** The first connection of each is cut; at the ends of both sides also all three. */
function cutsOf({ asked, answered, head }: { asked: number; answered: number; head: number }): Cut[] {
  const cut = (where: 'request' | 'answer', at: number, outcome: Outcome): Cut => {
    const fate = where === 'request' ? { cutRequestAfter: at } : { cutAfter: at }
    return { prompt: promptOf(`${outcome}, ${where}`, at), fate, outcome }
  }
  return [
    ...places(0, asked).map((at) => cut('request', at, 'told')),
    ...places(0, head - 1).map((at) => cut('answer', at, 'told')),
    ...places(head, answered - 1).map((at) => cut('answer', at, 'broken')),
    ...[0, asked - 1, asked].map((at) => cut('request', at, 'unheard')),
    ...[0, 1].map((at) => cut('answer', at, 'unheard')),
  ]
}

function places(first: number, last: number): number[] {
  const usual = Array.from({ length: Math.ceil((last - first) / step) }, (_, n) => first + n * step)
  return [...new Set([...usual, first + 1, last - 1, last])]
}

const promptOf = (what: string, at: number) => `${what.padEnd(20, '.')} cut at ${String(at).padStart(5, '0')}`

/** The id of the video that the SDK was told of. */
async function askThroughCut({ prompt, fate, outcome }: Cut, { apiUrl }: InProcess, ask: Ask) {
  await using proxy = await startCuttingProxy(apiUrl, (n) =>
    outcome === 'unheard' || n === 0 ? fate : 'live',
  )
  const connections = { told: 2, broken: 1, unheard: 3 }[outcome]
  try {
    const video = await ask(proxy.origin, prompt)
    expect({ prompt, asked: video.prompt, outcome }).toEqual({ prompt, asked: prompt, outcome: 'told' })
    return video.id
  } catch (error) {
    if (outcome === 'told') throw new Error(prompt, { cause: error })
    expect(error).toBeInstanceOf(outcome === 'unheard' ? APIConnectionError : TypeError)
    return undefined
  } finally {
    expect({ prompt, connections: proxy.connections() }).toEqual({ prompt, connections })
  }
}

async function allAccepted({ client }: InProcess): Promise<Task[]> {
  const read = () => Array.fromAsync(client.everyTask({ pageSize: 100 }))
  const unaccepted = async () => (await read()).filter(({ externalTaskId }) => externalTaskId === null)
  await expect.poll(unaccepted, { timeout: 120_000 }).toEqual([])
  return read()
}

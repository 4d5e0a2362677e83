import type { Simulator } from '@reelay/simulator/server'
import { expect, test } from 'vitest'
import { admin, type Bill, endOf, startInProcess, startUpstream, upstreamOf } from './in-process.ts'

type Request = { method: string; path: string; videoId: string | null; key: string | null }
type Place = { simulator: Simulator; bill: Bill; requests: Request[] }

/** What each calls the model that clients ask for as `kite`. */
const models = { azure: 'our-deployment', openrouter: 'google/veo-3', 'sora-relay': 'sora_video2' } as const
const names = Object.keys(models) as (keyof typeof models)[]
const keys = ['a', 'b']
const noMistakes = { unknownKey: 0, revokedKey: 0, otherKey: 0, unknownSource: 0 }

test('thirty videos are each made, followed and played with one credential of three upstreams', async () => {
  // Long enough for azure to have as many as it makes at a time, and to send the rest elsewhere.
  const script = { queuedMs: 200, renderMs: 1500 }
  const simulators = await Promise.all(
    names.map((name) => startUpstream(name, keysOf(name), { script, oneClip: true })),
  )
  const upstreams = names.map((name, index) => ({
    ...upstreamOf(name, simulators[index] as Simulator, name, keysOf(name)),
    models: { kite: models[name] },
  }))
  try {
    await using relay = await startInProcess(upstreams)
    const { api, client } = relay
    const made = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const shape = { model: 'kite', size: '1280x720', seconds: '8' }
        const { videoId } = await client.createTask({ prompt: `kite number ${n}`, ...shape })
        expect(await endOf(videoId, relay)).toMatchObject({ status: 'COMPLETED', attempt: 1 })
        const clip = await client.content(videoId)
        expect(
          Buffer.from(await clip.arrayBuffer())
            .subarray(4, 8)
            .toString(),
        ).toBe('ftyp')
        return api.row(videoId)
      }),
    )

    const places = new Map<string, Place>()
    for (const [index, simulator] of simulators.entries()) {
      const [bill, requests] = [
        await admin<Bill>(simulator, 'bill'),
        await admin<Request[]>(simulator, 'requests'),
      ]
      places.set(names[index] as string, { simulator, bill, requests })
      expect(bill.mistakes).toEqual(noMistakes)
      expect(bill.total).toBeGreaterThan(0)
    }
    expect([...places.values()].reduce((sum, { bill }) => sum + bill.total, 0)).toBe(30)
    for (const { credential, externalTaskId, prompt } of made) {
      const [upstream = '', key = ''] = credential?.split('/') ?? []
      const { bill, requests } = places.get(upstream) as Place
      expect(bill.jobs.find((job) => job.prompt === prompt)?.made).toMatchObject([
        { id: externalTaskId, key },
      ])
      const looks = requests.filter(({ method, videoId }) => method === 'GET' && videoId === externalTaskId)
      expect(looks.length).toBeGreaterThan(0)
      expect(new Set(looks.map((look) => look.key))).toEqual(new Set([key]))
    }
  } finally {
    await Promise.all(simulators.map((simulator) => simulator.close()))
  }
})

/** Their names here are theirs in the simulator, too. */
function keysOf(upstream: string): string[] {
  return keys.map((key) => `${upstream}-${key}`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Span } from '../audit/credential-history.ts'
import type { World } from './world.ts'

/** A task that found nobody at home asks there again after half a minute at the latest. */
const AGAIN_MS = 30_000

/** Breaks keys and upstreams, one at a time and never for good, and remembers what could not be used when. */
export function createKeyHarms({ random, upstreams }: World) {
  const broken: Span[] = []

  return {
    broken,

    async revokeOne(forMs: number): Promise<void> {
      const upstream = random.pick(upstreams)
      const { name } = random.pick(upstream.keys)
      const from = Date.now()
      await upstream.setRevoked(name, true)
      await sleep(forMs)
      await upstream.setRevoked(name, false)
      broken.push({ credential: `${upstream.name}/${name}`, from, to: Date.now() })
    },

    /** Needs a proxy before each upstream. */
    async stopOne(forMs: number): Promise<void> {
      const { name, keys, proxy } = random.pick(upstreams)
      const from = Date.now()
      await proxy?.leave()
      await sleep(forMs)
      await proxy?.comeBack()
      const to = Date.now() + AGAIN_MS
      broken.push(...keys.map((key) => ({ credential: `${name}/${key.name}`, from, to })))
    },
  }
}

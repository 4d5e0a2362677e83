import { setTimeout as sleep } from 'node:timers/promises'
import type { Span } from '../audit/credential-history.ts'
import type { Upstream } from './upstreams.ts'
import type { World } from './world.ts'

/** A time, and what was broken in it: a credential, or all of an upstream. */
export type Broken = { what: 'revoked' | 'stopped'; upstream: string; credential?: string } & Omit<
  Span,
  'credential'
>

/** Breaks keys and upstreams, one at a time and never for good, and remembers when. */
export function createKeyHarms({ random, upstreams }: World) {
  const broken: Broken[] = []

  return {
    broken,

    async revokeOne(forMs: number): Promise<void> {
      const upstream = random.pick(upstreams)
      const { name } = random.pick(upstream.keys)
      const from = Date.now()
      await upstream.change(name, true)
      await sleep(forMs)
      await upstream.change(name, false)
      broken.push({
        what: 'revoked',
        upstream: upstream.name,
        credential: `${upstream.name}/${name}`,
        from,
        to: Date.now(),
      })
    },

    async stopOne(forMs: number): Promise<void> {
      const { name, proxy } = random.pick(
        upstreams.filter((upstream): upstream is Stoppable => !!upstream.proxy),
      )
      const from = Date.now()
      await proxy.leave()
      await sleep(forMs)
      await proxy.comeBack()
      broken.push({ what: 'stopped', upstream: name, from, to: Date.now() })
    },
  }
}

type Stoppable = Upstream & { proxy: NonNullable<Upstream['proxy']> }

import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import { flushRedis } from '../world/empty-redis.ts'
import { endConnections } from '../world/end-connections.ts'
import type { Member } from '../world/member.ts'
import { quick } from '../world/timers.ts'
import type { World } from '../world/world.ts'

const whims = [
  '',
  '',
  '',
  '[fault:slow=400]',
  '[fault:accept_reset]',
  '[fault:accept_500]',
  '[fault:transient]',
  '[fault:moderation]',
  '[fault:poll_error=2]',
  '[fault:missing=1500]',
]
const forms = {
  long: {
    workers: 4,
    tasks: 1000,
    users: 50,
    listenersPerUser: 10,
    lastsMs: 600_000,
    leastMs: 3000,
    mostMs: 8000,
  },
  short: {
    workers: 2,
    tasks: 40,
    users: 3,
    listenersPerUser: 3,
    lastsMs: 12_000,
    leastMs: 500,
    mostMs: 1500,
  },
}

export const monkey: Scenario = {
  name: 'monkey',
  about: 'two apis, up to four workers, and every few seconds something breaks, whatever the seed says',
  async run({ isShort, random, openWorld }) {
    const form = isShort ? forms.short : forms.long
    await using world = await openWorld({
      hasPages: true,
      apis: 2,
      workers: form.workers,
      hasProxy: true,
      timers: { ...quick, SIMULATOR_RENDER_MS: '6000' },
    })
    const load = await startLoad(world, form)
    const done: Record<string, number> = {}
    const endsAt = performance.now() + form.lastsMs

    const wishing = (async () => {
      for (let task = 0; task < form.tasks; task += 1) {
        await Promise.all([load.submit(random.pick(whims)), sleep((form.lastsMs * 0.95) / form.tasks)])
      }
    })()
    while (performance.now() < endsAt) {
      await sleep(random.between(form.leastMs, form.mostMs))
      const [name, harm] = random.pick(Object.entries(harmsOf(world)))
      done[name] = (done[name] ?? 0) + 1
      await harm()
    }
    await wishing
    const notes = [
      Object.entries(done)
        .map(([name, times]) => `${times} ${name}`)
        .join(', '),
    ]
    const faults = Object.values(done).reduce((sum, times) => sum + times, 0)
    return { faults, notes, ...(await audit(world, load, { endWithinMs: 180_000 })) }
  },
}

type Harms = Record<string, () => unknown>

function harmsOf(world: World): Harms {
  return { ...processHarms(world), ...storeHarms(world), ...upstreamHarms(world) }
}

function processHarms({ random, workers, apis }: World): Harms {
  const restart = async (signal: 'SIGKILL' | 'SIGTERM', of: Member[]) => {
    const victim = random.pick(of)
    await victim.kill(signal)
    victim.start()
  }
  return {
    'workers killed': () => restart('SIGKILL', workers),
    'workers stopped': () => restart('SIGTERM', workers),
    'apis killed': () => restart('SIGKILL', apis),
    'apis stopped': () => restart('SIGTERM', apis),
    async 'workers frozen'() {
      const zombie = random.pick(workers)
      zombie.signal('SIGSTOP')
      await aWhile(random)
      zombie.signal('SIGCONT')
    },
  }
}

function storeHarms(world: World): Harms {
  const { postgres, redis } = world.stores
  return {
    'times Redis emptied': () => flushRedis(world),
    async 'times Redis killed'() {
      await redis.crash()
      await aWhile(world.random)
      await redis.start()
    },
    async 'times Redis frozen'() {
      redis.freeze()
      await aWhile(world.random)
      redis.thaw()
    },
    async 'times Postgres restarted'() {
      await postgres.crash('SIGQUIT')
      await postgres.start()
    },
    'times all connections to Postgres ended': () => endConnections(world),
  }
}

function upstreamHarms({ random, proxy, admin }: World): Harms {
  return {
    async 'times the way to upstream broke'() {
      proxy?.set(random.pick(['hold', 'cut', 'reset', 'drip', 'blackhole'] as const))
      await aWhile(random)
      proxy?.set('pass')
    },
    'storms of 429': () => admin('faults', { name: 'rate_limit', value: 1, count: 20, scope: 'submit' }),
    'storms of 503': () => admin('faults', { name: 'poll_error', count: 50, scope: 'retrieve' }),
  }
}

function aWhile(random: Random): Promise<void> {
  return sleep(random.between(500, 3000))
}

import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Context, Scenario } from '../scenario.ts'

const onArrival = ['rate_limit=1', 'server_error=0,1', 'refuse', 'refuse_moderation', 'no_answer', 'quota']
const onAnswer = ['accept_silence', 'accept_reset', 'accept_500', 'bad_json', 'slow=400']
const onEnding = ['moderation', 'transient', 'fail']
const onReading = [
  'missing=1500',
  'silence=1500',
  'poll_rate_limit=2',
  'poll_error=2',
  'list_late=1500',
  'empty',
]
const all = [...onArrival, ...onAnswer, ...onEnding, ...onReading]

export const everyFault: Scenario = {
  name: 'every-fault',
  about: 'every fault of upstream, alone and mixed, its clock 90 s off',
  run: (context) => meetAll(context, true),
}

export const everyFaultWithoutList: Scenario = {
  name: 'every-fault-no-list',
  about: 'the same at an upstream without a list',
  isOnDemand: true,
  run: (context) => meetAll(context, false),
}

async function meetAll({ isShort, random, openWorld }: Context, hasList: boolean) {
  await using world = await openWorld({ workers: 2, hasList })
  const load = await startLoad(world)
  await load.makeSources()
  await world.admin('clock', { offsetMs: random.pick([90_000, -90_000]) })
  const each = isShort ? 1 : 5
  for (const fault of all) await load.submitMany(each, `[fault:${fault}]`)
  for (let i = 0; i < each * all.length; i += 1) {
    const mixed = [onArrival, onAnswer, onEnding, onReading].filter(() => random.next() < 0.5)
    await load.submit(mixed.map((faults) => `[fault:${random.pick(faults)}]`).join(''))
  }
  return { faults: load.wishes.length, ...(await audit(world, load, { endWithinMs: 180_000 })) }
}

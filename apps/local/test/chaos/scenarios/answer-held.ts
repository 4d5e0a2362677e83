import { audit } from '../audit.ts'
import type { BilledJob } from '../evidence.ts'
import { startLoad } from '../load.ts'
import type { Context, Scenario } from '../scenario.ts'
import { until } from '../until.ts'

/** The worker dies when upstream has made the video and nobody here knows. */
export const answerHeld: Scenario = {
  name: 'answer-held',
  about: 'kill -9 of the worker when upstream has accepted and the answer is on its way',
  isOnDemand: true,
  run: (context) => killBeforeAnswer(context, 'list'),
}

export const answerHeldWithoutList: Scenario = {
  name: 'answer-held-no-list',
  about: 'the same with SORA_RECONCILE=none: nothing is paid twice, everything ends as unknown',
  isOnDemand: true,
  run: (context) => killBeforeAnswer(context, 'none'),
}

async function killBeforeAnswer({ isShort, openWorld }: Context, reconcile: 'list' | 'none') {
  await using world = await openWorld({ workers: 0, hasProxy: true, env: { SORA_RECONCILE: reconcile } })
  const load = await startLoad(world)
  const kills = isShort ? 1 : 20
  for (let kill = 1; kill <= kills; kill += 1) {
    const worker = await world.readyWorker()
    world.proxy?.set('hold')
    await load.submitMany(10)
    const made = async () => (await world.admin<{ jobs: BilledJob[] }>('bill')).jobs.length === 10 * kill
    await until(made, { withinMs: 20_000, what: 'ten more videos made' })
    await worker.kill()
    world.proxy?.set('pass')
  }
  world.addWorker()
  const verdict = await audit(world, load)
  const wanted = reconcile === 'list' ? 'COMPLETED' : 'submission_unknown'
  if (verdict.counts.ends[wanted] !== 10 * kills) verdict.violations.push(`not every task ended as ${wanted}`)
  return { faults: kills, ...verdict }
}

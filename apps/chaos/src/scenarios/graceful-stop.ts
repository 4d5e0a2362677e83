import { audit } from '../audit/audit.ts'
import type { BilledJob } from '../audit/evidence.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

const ANSWER_MS = 1200
const AT_ONCE = 10
/** An answer that a busy machine holds up is still waited for. */
const patience = { SORA_SUBMIT_TIMEOUT_MS: '5000', RECONCILE_WINDOW_MS: '6000' }
/** Of SORA_SUBMIT_TIMEOUT_MS and what closing may take, with room for a busy machine. */
const DEADLINE_MS = 5000 + 3 * 5000

export const gracefulStop: Scenario = {
  name: 'graceful-stop',
  about: 'SIGTERM while answers are on their way, with Redis and without; a second one ends at once',
  isOnDemand: true,
  async run({ openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const load = await startLoad(world)

    const retryOnError = await submittingWorker()
    world.expect(
      (await retryOnError.kill('SIGTERM')) === 0,
      'a worker that was told to stop exited with an error',
    )
    world.expect((await countOf('QUEUED')) === 0, 'a running submit was not waited for')

    const lonely = await submittingWorker()
    await world.stores.redis.crash()
    const startedAt = performance.now()
    world.expect((await lonely.kill('SIGTERM')) === 0, 'a worker without Redis exited with an error')
    const stoppedMs = Math.round(performance.now() - startedAt)
    world.expect(stoppedMs < DEADLINE_MS, `a worker without Redis stopped after ${stoppedMs} ms`)
    world.expect((await countOf('QUEUED')) === 0, 'a running submit was not waited for without Redis')
    await world.stores.redis.start()

    const hasty = await submittingWorker(4 * ANSWER_MS)
    const exited = hasty.kill('SIGTERM')
    // Two signals at the same moment are one.
    await until(() => !hasty.signal('SIGTERM'), { withinMs: DEADLINE_MS, what: 'a second SIGTERM ends it' })
    world.expect((await exited) === 1, 'a second SIGTERM did not end a worker at once')
    world.addWorker()
    const notes = [`a worker without Redis stopped after ${stoppedMs} ms`]
    return { faults: 4, notes, ...(await audit(world, load)) }

    /** A worker with ten answers on their way to it. */
    async function submittingWorker(answerMs = ANSWER_MS) {
      const worker = await world.readyWorker({ env: patience })
      const made = await madeCount()
      await load.submitMany(AT_ONCE, `[fault:slow=${answerMs}]`)
      const allMade = async () => (await madeCount()) === made + AT_ONCE
      await until(allMade, { withinMs: 20_000, everyMs: 20, what: 'ten more videos made' })
      return worker
    }

    async function madeCount(): Promise<number> {
      return (await world.admin<{ jobs: BilledJob[] }>('bill')).jobs.length
    }

    async function countOf(status: string): Promise<number> {
      const rows = await world.db.execute(`select 1 from video_tasks where status = '${status}'`)
      return rows.length
    }
  },
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TaskRow, videoTasks } from '@reelay/db/schema'
import { audit, settled } from '../audit/audit.ts'
import { type Load, startLoad } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import type { World } from '../world/world.ts'

const crashingWorker = join(import.meta.dirname, '../world/crashing-worker.ts')
const MOST_ROUNDS = 6

/** Prompts that lead through every branch of submit, reconcile and poll, and to a clip that is archived. */
const fates = [
  '',
  '[fault:accept_reset]',
  '[fault:accept_silence]',
  '[fault:accept_500][fault:list_late=1000]',
  '[fault:bad_json]',
  '[fault:no_answer]',
  '[fault:rate_limit=1]',
  '[fault:refuse]',
  '[fault:transient]',
  '[fault:moderation]',
  '[fault:poll_error=2]',
]

const parts = [
  'tasks.find',
  'tasks.ofLane',
  'ledger.findSubmission',
  'ledger.hasOpenTwin',
  'ledger.chooseCredential',
  'ledger.knownExternalIds',
  'tasks.unfinished',
  'upstream.submit',
  'upstream.submit.record',
  'upstream.retrieve',
  'upstream.probeContent',
  'upstream.list',
  'ledger.beginSubmission',
  'ledger.accept',
  'ledger.adopt',
  'ledger.refuse',
  'ledger.giveUp',
  'ledger.markNotSent',
  'ledger.markInDoubt',
  'moves.applyNews',
  'lateLooks.of',
  'moves.apply(COMPLETED)',
  'moves.apply(FAILED)',
  'moves.apply(QUEUED)',
  'moves.notePollTrouble',
  'upstreamState.noteTrouble',
  'queues.enqueueSubmit',
  'queues.enqueueReconcile',
  'queues.enqueuePoll',
  'queues.enqueueArchive',
  'upstream.openContent',
  'store.put',
  'moves.noteClip',
  'announce',
  'findEarlierVideo',
  'findEarlierVideo/ledger.earlierSubmissions',
  'findEarlierVideo/upstream.retrieve',
  'findEarlierVideo/upstream.probeContent',
  'findEarlierVideo/ledger.reopen',
  'findEarlierVideo/ledger.resume',
  'findEarlierVideo/ledger.failUnsent',
  'findEarlierVideo/queues.enqueueReconcile',
  'findEarlierVideo/queues.enqueuePoll',
  'findEarlierVideo/announce',
]
const mustVisit = parts.flatMap((part) => [`${part}:before`, `${part}:after`])

/** What only a list leads to that tells of prompts. */
const byList = /^(ledger\.adopt|ledger\.knownExternalIds|upstream\.list)\b/

const whereMoneyIs =
  /^(upstream\.submit|ledger\.(beginSubmission|accept|adopt|giveUp|markInDoubt)\b|store\.put|moves\.noteClip\b)/

/** What `submit-kill` leaves to luck. */
export const crashPoints: Scenario = {
  name: 'crash-points',
  about: 'kill -9 of a worker before and after everything that submit, reconcile, poll and archive await',
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const load = await startLoad(world)
    const passes = isShort ? 1 : 3
    const only = isShort ? whereMoneyIs : /./
    let faults = 0
    for (let pass = 1; pass <= passes; pass += 1) {
      const file = join(world.dir, `visited-${pass}`)
      await Promise.all(world.workers.map((worker) => worker.kill()))
      for (let i = 0; i < 2; i += 1) addCrashingWorker(world, { VISITED_FILE: file, CRASH_AT: only.source })
      const missing = () =>
        mustVisit.filter(
          (point) =>
            only.test(point) &&
            (world.canFind || !byList.test(point)) &&
            !visitedPoints(file).includes(point),
        )
      for (let round = 0; round < MOST_ROUNDS && missing().length > 0; round += 1) {
        const prompts = isShort ? fates : [...fates, ...fates]
        const wishes = await Promise.all(prompts.map((prompt) => load.submit(prompt)))
        if (!isShort) await cancelUnderWay(world, load, wishes)
        await settled(world, 90_000).catch(() => {})
        if (isShort) continue
        await retryEnded(world, load, wishes)
        await settled(world, 90_000).catch(() => {})
      }
      world.expect(missing().length === 0, `never visited: ${missing().join(', ')}`)
      faults += visitedPoints(file).length
    }
    return { faults, ...(await audit(world, load)) }
  },
}

/** Some whose videos upstream completes all the same, for a retry to find. */
async function cancelUnderWay(world: World, load: Load, wishes: Wish[]): Promise<void> {
  const completing = wishes.filter(({ prompt }) => !/transient|moderation/.test(prompt))
  const underWay = () => wishesThat(world, completing, ({ status }) => status === 'PROCESSING')
  await until(async () => (await underWay()).length > 1, {
    withinMs: 60_000,
    what: 'two are under way',
  }).catch(() => {})
  for (const wish of (await underWay()).slice(0, 2)) await load.ask(wish, 'cancel')
}

/** Of these a retry must look for what was paid before it pays. */
async function retryEnded(world: World, load: Load, wishes: Wish[]): Promise<void> {
  const ended = await wishesThat(world, wishes, ({ status, errorCode }) => {
    return status === 'CANCELLED' || errorCode === 'submission_unknown'
  })
  for (const wish of ended) {
    world.expect((await load.ask(wish, 'retry')) === 200, `${wish.videoId} could not be retried`)
  }
}

async function wishesThat({ db }: World, wishes: Wish[], which: (row: TaskRow) => boolean): Promise<Wish[]> {
  const rows = await db.select().from(videoTasks)
  const ids = new Set(rows.filter(which).map(({ videoId }) => videoId as string))
  return wishes.filter(({ videoId }) => videoId && ids.has(videoId))
}

function addCrashingWorker(world: World, env: Record<string, string>): void {
  world.addWorker({ main: crashingWorker, env, onExit: (worker) => worker.start() })
}

function visitedPoints(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

import { isTerminal } from '@reelay/contracts/lifecycle'
import { videoTasks } from '@reelay/db/schema'
import type { Load } from '../load/load.ts'
import { until } from '../until.ts'
import type { World } from '../world/world.ts'
import { leaks } from './canaries.ts'
import { type Evidence, gather } from './evidence.ts'
import { allEndsHeard, endsWereHeard, eventsAreTrue, eventsRise } from './feed-rules.ts'
import {
  countJobs,
  madeIsFound,
  movesInOrder,
  nothingLost,
  paidOnce,
  type Rule,
  videosOwnedOnce,
} from './rules.ts'
import { clipsSettled, storedClipsTrouble } from './stored-clips.ts'
import { derivedAtSource, limitsKept, paidAsWritten, rightKeyAsked } from './upstream-rules.ts'

export type Counts = {
  tasks: number
  /** By status; of failures by code. */
  ends: Record<string, number>
  jobs: number
  doublePayments: number
  lost: number
  events: number
}

export type Verdict = { counts: Counts; violations: string[] }

const rules: Record<string, Rule> = {
  nothingLost,
  paidOnce,
  madeIsFound,
  movesInOrder,
  videosOwnedOnce,
  rightKeyAsked,
  derivedAtSource,
  paidAsWritten,
  limitsKept,
  eventsAreTrue,
  eventsRise,
  endsWereHeard,
}
const HEARD_WITHIN_MS = 20_000
/** Some may be pending for long, as where their upstream is away. */
const ARCHIVED_WITHIN_MS = 20_000

/** Waits until all tasks have ended and all listeners have heard of it, then holds every rule to the evidence. */
export async function audit(world: World, load: Load, { endWithinMs = 60_000 } = {}): Promise<Verdict> {
  const late = await settled(world, endWithinMs).then(
    () => [],
    (error: Error) => [error.message],
  )
  await clipsSettled(world, ARCHIVED_WITHIN_MS).catch(() => {})
  let evidence = await gather(world, load)
  await until(() => allEndsHeard(evidence), { withinMs: HEARD_WITHIN_MS, what: 'ends heard' }).catch(() => {})
  evidence = await gather(world, load)
  load.stop()

  const broken = Object.entries(rules).flatMap(([name, rule]) =>
    rule(evidence).map((violation) => `${name}: ${violation}`),
  )
  const stored = (await storedClipsTrouble(world)).map((trouble) => `storedClips: ${trouble}`)
  const leaked = (await leaks(world, load)).map((leak) => `leaks: ${leak}`)
  return { counts: countsOf(evidence), violations: [...late, ...broken, ...stored, ...leaked] }
}

export async function settled({ db }: World, withinMs: number): Promise<void> {
  const statuses = () => db.select({ status: videoTasks.status }).from(videoTasks)
  await until(async () => (await statuses()).every(({ status }) => isTerminal(status)), {
    withinMs,
    everyMs: 100,
    what: 'every task has ended',
  })
}

function countsOf(evidence: Evidence): Counts {
  const ends = Map.groupBy(evidence.rows, ({ status, errorCode }) => errorCode ?? status)
  return {
    tasks: evidence.wishes.length,
    ends: Object.fromEntries([...ends].map(([end, rows]) => [end, rows.length])),
    jobs: countJobs(evidence.jobs),
    doublePayments: paidOnce(evidence).length,
    lost: nothingLost(evidence).length,
    events: evidence.listeners.reduce((sum, { heard }) => sum + heard.length, 0),
  }
}

import { type QueueName, queueNames } from '@reelay/contracts/jobs'
import type { Ledger } from '@reelay/db/ledger'
import type { Tasks } from '@reelay/db/tasks'
import type { Queues } from '@reelay/queue/queues'
import type { Events } from '@reelay/telemetry/events'
import { type Repeated, repeatOnOne } from './repeat-on-one.ts'
import { addMissingLanes, type LaneSearch } from './watch-lanes.ts'
import { work } from './work.ts'

export type SweepDeps = {
  tasks: Tasks
  queues: Queues
  ledger: Pick<Ledger, 'giveUpOrphans'>
  events: Events
} & LaneSearch &
  Repeated

type OnePass = Pick<SweepDeps, 'tasks' | 'ledger' | 'log'> & LaneSearch & Partial<SweepDeps>

const PAGE = 1000
/** Longer than any answer to a submission is waited for. */
const ORPHANED_MS = 30 * 60_000

/**
 * Finds unfinished rows that nobody works on and enqueues them again. A plain timer in every worker: a BullMQ
 * scheduler would be lost with the Redis that it should repair.
 */
export function startSweeping(deps: SweepDeps): { stop: () => Promise<void> } {
  return repeatOnOne('sweep', deps, async () => {
    const enqueued = await sweep(deps)
    if (enqueued) deps.events.emit('swept', enqueued)
    return enqueued !== undefined
  })
}

/** One pass over all lanes and other unfinished rows, a page at a time, if it is this worker's turn. Undefined if not. */
export async function sweep({
  lease,
  ledger,
  log,
  ...search
}: OnePass): Promise<Record<QueueName, number> | undefined> {
  const { tasks, queues } = search
  if ((await lease?.take()) === false) return undefined
  await ledger.giveUpOrphans(ORPHANED_MS)
  const enqueued = { submit: 0, reconcile: 0, poll: await addMissingLanes(search), archive: 0 }
  let after = ''
  for (;;) {
    const page = await tasks.unfinished(after, PAGE)
    for (const queue of queueNames) {
      const count = (await work[queue].findMissing?.(page, { tasks, queues })) ?? 0
      enqueued[queue] += count
      if (count > 0) log.warn({ queue, count }, 'tasks without a job enqueued again')
    }
    if (page.length < PAGE) return enqueued
    after = page.at(-1)?.videoId ?? after
    // A pass that has begun is finished: slow ones that took turns would never reach their second page.
    await lease?.take()
  }
}

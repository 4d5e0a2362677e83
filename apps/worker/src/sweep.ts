import { type QueueName, queueNames } from '@reelay/contracts/jobs'
import { loggableReason } from '@reelay/db/errors'
import type { Ledger } from '@reelay/db/ledger'
import type { Tasks } from '@reelay/db/tasks'
import type { Unfinished } from '@reelay/db/tasks/sweep-reads'
import { sampledWarning } from '@reelay/queue/connection'
import type { Queues } from '@reelay/queue/queues'
import type { Events } from '@reelay/telemetry/events'
import type { Logger } from 'pino'
import { work } from './work.ts'

export type SweepDeps = {
  tasks: Tasks
  queues: Queues
  ledger: Pick<Ledger, 'giveUpOrphans'>
  /** Only one worker sweeps at a time: `take` gets or keeps the right to it for one `intervalMs`. */
  lease: { take: () => Promise<boolean>; giveBack: () => Promise<void> }
  intervalMs: number
  log: Logger
  events: Events
}

type OnePass = Pick<SweepDeps, 'tasks' | 'queues' | 'ledger' | 'log'> & Partial<SweepDeps>

const PAGE = 1000
/** A failed pass is tried again soon; a store that is away for long is no news. */
const COMPLAIN_EVERY_MS = 30_000
/** Longer than any answer to a submission is waited for. */
const ORPHANED_MS = 30 * 60_000

/**
 * Finds unfinished rows that nobody works on and enqueues them again. A plain timer in every worker: a BullMQ
 * scheduler would be lost with the Redis that it should repair. A worker that did not sweep, because another does or
 * because it failed, tries again ten times as often: so tasks wait for little more than one interval when one dies.
 */
export function startSweeping(deps: SweepDeps): { stop: () => Promise<void> } {
  const { lease, intervalMs, events, log } = deps
  const complain = sampledWarning(log, 'sweep not finished', COMPLAIN_EVERY_MS)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running = tick()

  async function tick(): Promise<void> {
    let nextMs = intervalMs / 10
    try {
      const enqueued = await sweep(deps)
      if (enqueued) {
        events.emit('swept', enqueued)
        nextMs = intervalMs
      }
    } catch (error) {
      complain(new Error(loggableReason(error)))
      // Another worker may reach what this one doesn't.
      await lease.giveBack().catch(() => {})
    }
    if (stopped) return
    timer = setTimeout(() => {
      running = tick()
    }, nextMs)
  }

  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
      await lease.giveBack().catch(() => {})
    },
  }
}

/** One pass over all unfinished rows, a page at a time, if it is this worker's turn. Undefined if not. */
export async function sweep({
  lease,
  tasks,
  ledger,
  queues,
  log,
}: OnePass): Promise<Record<QueueName, number> | undefined> {
  const enqueued: Record<QueueName, number> = { submit: 0, poll: 0 }
  let page: Unfinished[]
  let after = ''
  do {
    // A pass that has begun is finished: slow ones that took turns would never reach their second page.
    const isOurs = (await lease?.take()) ?? true
    if (after === '' && !isOurs) return undefined
    if (after === '') await ledger.giveUpOrphans(ORPHANED_MS)
    page = await tasks.unfinished(after, PAGE)
    for (const queue of queueNames) {
      const count = await work[queue].findMissing(page, { tasks, queues })
      enqueued[queue] += count
      if (count > 0) log.warn({ queue, count }, 'tasks without a job enqueued again')
    }
    after = page.at(-1)?.videoId ?? after
  } while (page.length === PAGE)
  return enqueued
}

import type { QueueName } from '@reelay/contracts/jobs'
import { reasonOf } from '@reelay/db/errors'
import type { TaskRepository, Unfinished } from '@reelay/db/task-repository'
import type { Transitions } from '@reelay/db/transitions'
import type { Attempt, Queues } from '@reelay/queue/queues'
import type { Logger } from 'pino'

export type SweepDeps = {
  tasks: TaskRepository
  queues: Queues
  transitions: Pick<Transitions, 'giveUpOrphans'>
  /** Only one worker sweeps at a time. */
  takeLease: () => Promise<boolean>
  intervalMs: number
  log: Logger
  /** Hears of each finished pass and how many jobs it added. */
  observe?: (enqueued: Record<QueueName, number>) => void
}

const PAGE = 1000
/** Until a sweep that failed is made again: tasks that a full Redis refused wait no longer than that. */
const AGAIN_MS = 1000
/** Longer than any answer to a submission is waited for. */
const ORPHANED_MS = 30 * 60_000

/**
 * Finds unfinished rows that nobody is working on and enqueues them again. A plain timer in every worker:
 * a BullMQ scheduler would die with the Redis that it should repair.
 */
export function startSweeping(deps: SweepDeps): { stop: () => void } {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const tick = async () => {
    let nextMs = deps.intervalMs
    try {
      if (await deps.takeLease()) deps.observe?.(await sweep(deps))
    } catch (error) {
      deps.log.warn({ reason: reasonOf(error) }, 'sweep not finished')
      nextMs = Math.min(nextMs, AGAIN_MS)
    }
    if (!stopped) timer = setTimeout(tick, nextMs)
  }
  void tick()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** One pass over all unfinished rows, a page at a time. */
export async function sweep({
  tasks,
  transitions,
  queues,
  log,
}: Pick<SweepDeps, 'tasks' | 'transitions' | 'queues' | 'log'>): Promise<Record<QueueName, number>> {
  const enqueued = { submit: 0, poll: 0 }
  await transitions.giveUpOrphans(ORPHANED_MS)
  let page: Unfinished[]
  let after = ''
  do {
    page = await tasks.unfinished(after, PAGE)
    const submits = page.filter((task) => task.status === 'QUEUED' && task.openAttempt === null)
    const polls = page.filter((task) => task.status === 'PROCESSING' || task.openAttempt !== null)
    const submitted = await queues.enqueueMissing('submit', submits, tasks.queuePositions)
    const polled = await queues.enqueueMissing('poll', polls.map(openOrCurrent))
    enqueued.submit += submitted
    enqueued.poll += polled
    if (submitted + polled > 0) log.warn({ submitted, polled }, 'tasks without a job enqueued again')
    after = page.at(-1)?.videoId ?? after
  } while (page.length === PAGE)
  return enqueued
}

function openOrCurrent({ videoId, attempt, openAttempt }: Unfinished): Attempt {
  return { videoId, attempt: openAttempt ?? attempt }
}

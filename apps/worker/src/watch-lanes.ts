import { loggableReason } from '@reelay/db/errors'
import type { Tasks } from '@reelay/db/tasks'
import { sampledWarning } from '@reelay/queue/connection'
import type { Queues } from '@reelay/queue/queues'
import type { Events } from '@reelay/telemetry/events'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { untilDue } from './poll.ts'
import type { PollThrottle } from './poll-throttle.ts'

export type LaneSearch = {
  tasks: Pick<Tasks, 'lanes' | 'unfinished' | 'queuePositions'>
  queues: Pick<Queues, 'enqueueMissingLanes' | 'enqueueMissing'>
  upstreams: Pick<Upstreams, 'clientOf'>
  throttle: Pick<PollThrottle, 'read'>
  pollIntervalMs: number
}

type WatchLanesDeps = LaneSearch & { events: Events; log: Logger }

const EVERY_MS = 1000
/** Of a worker's time, that the search may take. */
const SHARE = 1 / 20
const PAGE = 1000

/** Adds the lanes that have tasks and no job, for their next phase, and returns how many. */
export async function addMissingLanes({ tasks, queues, throttle, ...rest }: LaneSearch): Promise<number> {
  const lanes = await tasks.lanes()
  const { now } = await throttle.read()
  let count = 0
  for (let from = 0; from < lanes.length; from += PAGE) {
    const page = lanes.slice(from, from + PAGE)
    count += await queues.enqueueMissingLanes(page, (lane) => untilDue(lane, now, rest))
  }
  return count
}

/**
 * Looks for such lanes all the time: a Redis that has lost them would leave all videos without a look until the next
 * sweep. It costs a probe of an index and one of Redis for each lane.
 */
export function watchLanes({ events, log, ...search }: WatchLanesDeps): { stop: () => Promise<void> } {
  const complain = sampledWarning(log, 'lanes not searched', 30_000)
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let running = look()

  async function look(): Promise<void> {
    const startedAt = performance.now()
    try {
      const count = await addMissingLanes(search)
      if (count > 0) log.info({ count }, 'lanes without a job enqueued again')
      events.emit('lanesAdded', count)
    } catch (error) {
      complain(new Error(loggableReason(error)))
    }
    if (isStopped) return
    const tookMs = performance.now() - startedAt
    timer = setTimeout(
      () => {
        running = look()
      },
      Math.max(EVERY_MS, tookMs / SHARE),
    )
  }

  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}

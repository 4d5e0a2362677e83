import type { LaneNotes } from '@reelay/contracts/jobs'
import { dueSince, type Lane, laneOf } from '@reelay/contracts/lanes'
import type { Tasks } from '@reelay/db/tasks'
import { isProcessing, type ProcessingTask, pollTroubleOf } from '@reelay/db/tasks/lanes'
import type { Queues } from '@reelay/queue/queues'
import type { Upstreams } from '@reelay/upstream/upstreams'
import {
  type Attempt,
  done,
  LONGEST_WAIT_MS,
  type Outcome,
  type Step,
  type StepRun,
  snooze,
} from './outcome.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { intervalOf } from './retrieve-video.ts'
import type { Tick } from './tick.ts'

export type PollDeps = {
  tasks: Pick<Tasks, 'find' | 'ofLane'>
  queues: Pick<Queues, 'enqueuePoll' | 'enqueueReconcile'>
  upstreams: Pick<Upstreams, 'clientOf'>
  throttle: PollThrottle
  tick: Tick
  pollIntervalMs: number
}

/** Of an interval: no lane waits longer for an answer. */
const LONGEST_TICK = 1 / 3

/** Reads: asks upstream for the videos of a lane, and snoozes until the lane is due again. */
export function createPoll(deps: PollDeps): Step<LaneNotes, Lane | Attempt> {
  const { tasks, queues, upstreams, throttle, tick, pollIntervalMs } = deps

  return async function poll(work, run) {
    return 'phase' in work ? pollLane(work, run) : handOver(work)
  }

  async function pollLane(
    lane: Lane,
    { notes: { nextAt = 0 }, signal }: StepRun<LaneNotes>,
  ): Promise<Outcome<LaneNotes>> {
    const all = await tasks.ofLane(lane)
    if (all.length === 0) return done()
    const { now: begunAt } = await throttle.read()
    const intervalMs = intervalOf(lane.credential, pollIntervalMs, upstreams)
    const due = all.filter((task) => isDue(task, begunAt))
    const isBetween = begunAt < nextAt
    const withinMs = Math.min(
      intervalMs * LONGEST_TICK,
      isBetween ? nextAt - begunAt : Number.POSITIVE_INFINITY,
    )
    const { late, freeInMs } = await tick(lane, due, { withinMs, signal, isBetween })

    const notes = { tasks: all.length, late }
    const { now, factor } = await throttle.read(lane.credential)
    const waitMs = isBetween ? Math.min(nextAt - now, intervalMs * factor) : untilNext(now, factor)
    return freeInMs < waitMs ? snooze(freeInMs, { ...notes, nextAt: now + waitMs }) : snooze(waitMs, notes)

    function untilNext(now: number, factor: number): number {
      // What upstream allows at most is kept to from the last look on, at whatever phase.
      if (factor > 1 || intervalMs > pollIntervalMs) return intervalMs * factor
      return dueSince(lane, begunAt + intervalMs / 2, intervalMs) - now
    }
  }

  /** Workers of the version before have a job in this queue for each task, and for each lost reply. */
  async function handOver({ videoId, attempt }: Attempt): Promise<Outcome<LaneNotes>> {
    const task = await tasks.find(videoId)
    if (task?.attempt === attempt && isProcessing(task)) {
      const { now } = await throttle.read()
      const lane = laneOf(task)
      await queues.enqueuePoll(lane, untilDue(lane, now, deps))
    } else if (task) await queues.enqueueReconcile({ videoId, attempt })
    return done()
  }
}

/** A time that is too far ahead was told by a clock that was mended since. */
function isDue(task: ProcessingTask, now: number): boolean {
  const { notBefore = 0 } = pollTroubleOf(task)
  return notBefore <= now || notBefore > now + LONGEST_WAIT_MS
}

/** In how many ms a lane that has no job is due. */
export function untilDue(
  lane: Lane,
  now: number,
  { pollIntervalMs, upstreams }: Pick<PollDeps, 'pollIntervalMs' | 'upstreams'>,
): number {
  return dueSince(lane, now, intervalOf(lane.credential, pollIntervalMs, upstreams)) - now
}

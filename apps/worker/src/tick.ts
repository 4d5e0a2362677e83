import { setTimeout as sleep } from 'node:timers/promises'
import type { CredentialId } from '@reelay/contracts/credential'
import { jobId } from '@reelay/contracts/jobs'
import { type Lane, laneId } from '@reelay/contracts/lanes'
import { loggableReason } from '@reelay/db/errors'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import { sampledWarning } from '@reelay/queue/connection'
import type { LateLooks } from '@reelay/queue/late-looks'
import type { Logger } from 'pino'
import type { Observe } from './observe.ts'
import type { Pages } from './pages/pages.ts'
import type { PollTask } from './poll-task.ts'
import type { Observation } from './retrieve-video.ts'
import { createSlots, type Slots } from './slots.ts'

export type Tick = ReturnType<typeof createTick>

export type TickDeps = {
  observe: Observe
  pollTask: PollTask
  pages: Pages
  lateLooks: LateLooks
  /** Looks at once at the videos of one credential, but for those that take long. */
  concurrency: number
  log: Logger
}

/** Aborted is `signal` when another worker may have the lane. `isBetween`: only what a dead worker was looking at is due. */
type Bounds = { withinMs: number; signal: AbortSignal; isBetween?: boolean }

/** Tasks that somebody still looks at, and in how many ms one of them is due unless another worker goes on with it. */
type Ticked = { late: number; freeInMs: number }

/** What takes longer keeps its slot from nobody. */
const LENT_MS = 250
/** Of the time of a tick: the rest is for those of which no page tells. */
const FOR_PAGES = 1 / 2
/** Of the same: what began after that would often be late. */
const LAST_START = 3 / 4

/**
 * One look at the video of each task of a lane, none of which changes another's time: it ends when all have ended or its
 * time is up. A look that is late goes on behind it, and its task is left out meanwhile, by other workers, too.
 */
export function createTick({ observe, pollTask, pages, lateLooks, concurrency, log }: TickDeps) {
  const slots = new Map<CredentialId, Slots>()
  const underWay = new Set<string>()
  /** By lane, those for which its last tick had no time. */
  const leftOut = new Map<string, Set<string>>()
  const warn = sampledWarning(log, 'poll not finished')

  return async function tick(
    lane: Lane,
    tasks: ProcessingTask[],
    { withinMs, signal, isBetween = false }: Bounds,
  ): Promise<Ticked> {
    const heldMs = await lateLooks.of(lane)
    const named = new Map(tasks.map((task) => [nameOf(task), task]))
    const elsewhere = [...heldMs].filter(([name, ms]) => ms > 0 && named.has(name) && !underWay.has(name))
    const isDue = (ms: number | undefined) => (ms === undefined ? !isBetween : ms <= 0)
    const free = [...named].filter(([name]) => !underWay.has(name) && isDue(heldMs.get(name)))
    const due = inOrder(lane, new Map(free))
    const left = new Set(due.keys())
    const begin = (name: string, task: ProcessingTask, how: Observe) => {
      left.delete(name)
      return poll(task, how)
    }
    const lastStartAt = performance.now() + withinMs * LAST_START
    const time = sleep(withinMs, undefined, { ref: false })
    const forPages = { withinMs: withinMs * FOR_PAGES, observe: observeAlone }
    const told = await pages.tell(lane.credential, [...due.values()], forPages)
    const polls: Promise<void>[] = []
    for (const [name, task] of due) {
      const observation = told.get(task.externalTaskId)
      if (observation) polls.push(begin(name, task, () => observation))
    }

    async function beginOthers(): Promise<void> {
      const { take } = slotsOf(lane.credential)
      for (const [name, task] of due) {
        // Pages may still wait for what they asked about it.
        if (!left.has(name) || underWay.has(name)) continue
        // One at a time waits, so that lanes take turns, and of a lane with more than it has time for not all do.
        const giveBack = await take()
        if (performance.now() >= lastStartAt || signal.aborted) return giveBack()
        polls.push(begin(name, task, observeAlone).finally(giveBack))
      }
    }

    const all = beginOthers().then(() => Promise.all(polls))
    await Promise.race([all, time])
    if (left.size > 0) leftOut.set(laneId(lane), left)
    else if (!isBetween) leftOut.delete(laneId(lane))
    const late = [...underWay].filter((name) => named.has(name))
    const begunNow = late.filter((name) => due.has(name))
    if (begunNow.length > 0) await lateLooks.hold(lane, begunNow).catch(warn)
    return { late: late.length + elsewhere.length, freeInMs: Math.min(...elsewhere.map(([, ms]) => ms + 1)) }
  }

  function slotsOf(credential: CredentialId): Slots {
    const known = slots.get(credential) ?? createSlots(concurrency, LENT_MS)
    slots.set(credential, known)
    return known
  }

  /** First those that were left out the last time: what is more than this process can do is not always the same tasks. */
  function inOrder(lane: Lane, tasks: Map<string, ProcessingTask>): Map<string, ProcessingTask> {
    const before = leftOut.get(laneId(lane))
    return before ? new Map([...[...tasks].filter(([name]) => before.has(name)), ...tasks]) : tasks
  }

  async function poll(task: ProcessingTask, how: Observe): Promise<void> {
    try {
      await pollTask(task, how)
    } catch (error) {
      warn(new Error(loggableReason(error)))
    }
  }

  async function observeAlone(task: ProcessingTask): Promise<Observation> {
    const name = nameOf(task)
    underWay.add(name)
    try {
      return await observe(task)
    } finally {
      underWay.delete(name)
      await lateLooks.release(name).catch(() => {})
    }
  }
}

function nameOf({ videoId, attempt }: ProcessingTask): string {
  return jobId(videoId, attempt)
}

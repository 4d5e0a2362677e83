import { credentialOf } from '@reelay/contracts/credential'
import { isUnavailable, loggableReason } from '@reelay/db/errors'
import type { Moves } from '@reelay/db/moves'
import type { News } from '@reelay/db/moves/news'
import type { PollNote } from '@reelay/db/moves/poll-trouble'
import type { Tasks } from '@reelay/db/tasks'
import { type ProcessingTask, pollTroubleOf } from '@reelay/db/tasks/lanes'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { enqueueArchive, enqueueSubmit } from '@reelay/relay/enqueue'
import type { Events } from '@reelay/telemetry/events'
import type { Upstreams } from '@reelay/upstream/upstreams'
import DataLoader from 'dataloader'
import type { Logger } from 'pino'
import { type Decision, decideAfterPoll, type PollPolicy, toRemember } from './decide.ts'
import type { Observe } from './observe.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { intervalOf, isThere, type Observation, readsOf } from './retrieve-video.ts'
import { waitAfter } from './retry-on-error.ts'

export type PollTask = ReturnType<typeof createPollTask>

export type PollTaskDeps = {
  tasks: Pick<Tasks, 'queuePositions'>
  moves: Pick<Moves, 'apply' | 'applyNews' | 'notePollTrouble'>
  queues: Queues
  upstreams: Pick<Upstreams, 'clientOf'>
  announce: Announce
  throttle: PollThrottle
  stopping: AbortSignal
  policy: Omit<PollPolicy, 'missing' | 'pollFloorMs'>
  events: Events
  log: Logger
}

const MOST_WORDS = 20
/** News that comes at about the same time shares a statement; nobody minds so short a wait. */
const GATHER_MS = 10

/**
 * One poll of a task: observes how its video goes, decides, and writes what is new. Throws while Postgres is away. Other
 * errors of ours never end a task: each is an alert, and they come up ever more rarely.
 */
export function createPollTask(deps: PollTaskDeps) {
  const { moves, upstreams, announce, throttle, policy } = deps
  const reported = new Set<string>()
  const news = gather<News>((all) => moves.applyNews(all).then(announce))
  const notes = gather<PollNote>((all) => moves.notePollTrouble(all))

  return async function pollTask(task: ProcessingTask, observe: Observe): Promise<Decision> {
    try {
      return await conclude(task, observe)
    } catch (error) {
      if (isUnavailable(error)) throw error
      return noteError(task, error)
    }
  }

  async function conclude(task: ProcessingTask, observe: Observe): Promise<Decision> {
    const credential = credentialOf(task)
    const { now } = await throttle.read()
    const observation = await observe(task)
    // What was cut off by our own end is no trouble of upstream.
    if (observation.kind === 'trouble' && deps.stopping.aborted) return {}
    const before = pollTroubleOf(task)
    if (before.misses && isThere(observation)) deps.events.emit('videoFoundAgain', { credential })
    if (observation.kind === 'video' && observation.video.status === 'unrecognised')
      reportWord(observation.video.rawStatus)
    const { missing, pollFloorMs } = readsOf(credential, upstreams)
    const pollIntervalMs = intervalOf(credential, deps.policy.pollIntervalMs, upstreams)
    const decision = decideAfterPoll(task, observation, before, {
      now,
      policy: { ...policy, pollIntervalMs, pollFloorMs, missing },
    })
    const { change } = decision
    if (change && change.to !== 'PROCESSING') await end(task, change)
    else if (change) await news.load({ ...task, change })
    if (decision.nextPollInMs === undefined) return decision

    const trouble = toRemember(decision, { now, intervalMs: pollIntervalMs, askedMs: askedOf(observation) })
    if (trouble || task.pollTrouble) await notes.load({ ...task, trouble })
    return decision
  }

  async function end(task: ProcessingTask, change: NonNullable<Decision['change']>): Promise<void> {
    const moved = await moves.apply(task, change)
    if (moved) await announce([moved])
    if (moved?.status === 'QUEUED') await enqueueSubmit(moved, deps)
    if (moved?.archive === 'pending') await enqueueArchive(moved, deps)
  }

  async function noteError(task: ProcessingTask, error: unknown): Promise<Decision> {
    const { videoId, attempt } = task
    const before = pollTroubleOf(task)
    const errors = (before.errors ?? 0) + 1
    deps.log.error({ videoId, attempt, errors, reason: loggableReason(error) }, 'step failed')
    const decision = {
      nextPollInMs: waitAfter(errors),
      trouble: { ...before, errors },
    }
    const { now } = await throttle.read()
    await notes.load({ ...task, trouble: toRemember(decision, { now, intervalMs: policy.pollIntervalMs }) })
    return decision
  }

  function reportWord(rawStatus: string): void {
    const word = rawStatus.slice(0, 64)
    if (reported.has(word) || reported.size >= MOST_WORDS) return
    reported.add(word)
    deps.log.warn({ rawStatus: word }, 'status not recognised, taken as unfinished')
  }
}

/** How long upstream asked to be left alone. */
function askedOf(observation: Observation): number | undefined {
  if (observation.kind === 'video') return observation.pollAfterMs
  return observation.kind === 'trouble' ? observation.retryAfterMs : undefined
}

/** Writes what comes within a short while together, and one by one where Postgres refuses one of it. */
function gather<Item>(write: (items: readonly Item[]) => Promise<void>) {
  return new DataLoader<Item, void>(
    async (items) => {
      try {
        await write(items)
        return items.map(() => undefined)
      } catch (error) {
        if (items.length === 1 || isUnavailable(error)) throw error
        const written = await Promise.allSettled(items.map((item) => write([item])))
        return written.map((each) => (each.status === 'rejected' ? (each.reason as Error) : undefined))
      }
    },
    { cache: false, maxBatchSize: 1000, batchScheduleFn: (send) => setTimeout(send, GATHER_MS) },
  )
}

import { credentialOf } from '@reelay/contracts/credential'
import type { PollNotes } from '@reelay/contracts/jobs'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import { isProcessing, type ProcessingTask, pollTroubleOf } from '@reelay/db/tasks/followed'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { enqueueArchive, enqueueSubmit } from '@reelay/relay/enqueue'
import type { Events } from '@reelay/telemetry/events'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { decideAfterPoll, type PollPolicy } from './decide.ts'
import { done, type Outcome, type Step, snooze } from './outcome.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { isThere, readsOf, retrieveVideo } from './retrieve-video.ts'

export type PollDeps = {
  tasks: Tasks
  moves: Moves
  queues: Queues
  upstreams: Pick<Upstreams, 'clientOf'>
  announce: Announce
  throttle: PollThrottle
  policy: Omit<PollPolicy, 'missing' | 'pollFloorMs'>
  events: Events
  log: Logger
}

const MOST_WORDS = 20

/** Reads: asks upstream how it goes, decides, and snoozes until the task has ended. */
export function createPoll(deps: PollDeps): Step<PollNotes> {
  const { tasks, moves, queues, upstreams, announce, throttle, policy } = deps
  const reported = new Set<string>()

  return async function poll({ videoId, attempt }, { notes }) {
    const task = await tasks.findFollowed(videoId)
    if (task?.attempt === attempt && isProcessing(task)) return pollVideo(task, notes)
    // Workers of the version before look for lost replies in this queue.
    if (task) await queues.enqueueReconcile({ videoId, attempt })
    return done()
  }

  async function pollVideo(task: ProcessingTask, notes: PollNotes): Promise<Outcome<PollNotes>> {
    const startedAt = performance.now()
    const credential = credentialOf(task)
    const { errors: _, ...before } = { ...notes, ...pollTroubleOf(task) }
    const observation = await retrieveVideo({ externalId: task.externalTaskId, credential }, upstreams)
    if (observation.kind === 'trouble') {
      deps.log.warn({ videoId: task.videoId, reason: observation.reason }, 'upstream unavailable')
      if (observation.limited) await throttle.slowDown(credential)
    }
    if (before.misses && isThere(observation)) deps.events.emit('videoFoundAgain', { credential })
    if (observation.kind === 'video' && observation.video.status === 'unrecognised')
      reportWord(observation.video.rawStatus)
    const { missing, pollFloorMs } = readsOf(credential, upstreams)
    const pollIntervalMs = Math.max(policy.pollIntervalMs, pollFloorMs)
    const decision = decideAfterPoll(task, observation, before, {
      ...(await throttle.read(credential)),
      policy: { ...policy, pollIntervalMs, pollFloorMs, missing },
    })

    const moved = decision.change && (await moves.apply(task, decision.change))
    if (moved) await announce(moved)
    if (moved?.status === 'QUEUED') await enqueueSubmit(moved, deps)
    if (moved?.archive === 'pending') await enqueueArchive(moved, deps)

    if (decision.nextPollInMs === undefined) return done()
    if (decision.trouble || task.pollTrouble) await moves.notePollTrouble(task, decision.trouble)
    return snooze(startedAt + decision.nextPollInMs - performance.now())
  }

  function reportWord(rawStatus: string): void {
    const word = rawStatus.slice(0, 64)
    if (reported.has(word) || reported.size >= MOST_WORDS) return
    reported.add(word)
    deps.log.warn({ rawStatus: word }, 'status not recognised, taken as unfinished')
  }
}

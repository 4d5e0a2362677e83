import type { JobNotes, QueueName } from '@reelay/contracts/jobs'
import type { Lane } from '@reelay/contracts/lanes'
import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { UpstreamState } from '@reelay/db/upstream-state'
import type { MediaStore } from '@reelay/media/store'
import type { LateLooks } from '@reelay/queue/late-looks'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import type { Events } from '@reelay/telemetry/events'
import type { Tracing } from '@reelay/telemetry/tracing'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { createArchive } from './archive.ts'
import type { WorkerConfig } from './config.ts'
import { createFindEarlierVideo } from './find-earlier-video.ts'
import { createObserve } from './observe.ts'
import type { Attempt, Step } from './outcome.ts'
import { createPages } from './pages/pages.ts'
import { createPoll } from './poll.ts'
import { createPollTask } from './poll-task.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { createReconcile } from './reconcile.ts'
import { retryOnError } from './retry-on-error.ts'
import { createSettle } from './settle.ts'
import { createSubmit } from './submit.ts'
import { createTick } from './tick.ts'

export type StepDeps = {
  tasks: Tasks
  moves: Moves
  ledger: Ledger
  upstreamState: UpstreamState
  queues: Queues
  lateLooks: LateLooks
  upstreams: Upstreams
  announce: Announce
  store: MediaStore
  stopping: AbortSignal
  throttle: PollThrottle
  tracing: Tracing
  events: Events
  log: Logger
}

export type StepsConfig = Pick<WorkerConfig, 'task' | 'reconcile'> & {
  archive: Pick<WorkerConfig['archive'], 'isOn'>
  submit: Pick<WorkerConfig['submit'], 'sendWindowMs' | 'sendingMs'>
  poll: Pick<WorkerConfig['poll'], 'intervalMs' | 'concurrency'>
}

/** Stands between a step and one thing that it uses, by name: lets a test die between any two awaits of a step. */
export type Wrap = <T extends object>(name: string, part: T) => T

/** A lane is that of many tasks, which are not to wait for what fails at its whole. */
const LANE_AGAIN_MS = 5000

export type Steps = Record<Exclude<QueueName, 'poll'>, Step> & { poll: Step<JobNotes, Attempt | Lane> }

export function createSteps(config: StepsConfig, deps: StepDeps, wrap: Wrap = (_, part) => part): Steps {
  const { submit, reconcile, task } = config
  const { sendingMs } = submit
  const { deadlineMs } = task
  const pollIntervalMs = config.poll.intervalMs
  const lostAfterMs = Math.max(sendingMs, reconcile.windowMs)

  const submitStep = createSubmit({
    ...deps,
    findEarlierVideo: wrap('findEarlierVideo', createFindEarlierVideo({ ...deps, lostAfterMs })),
    settle: createSettle({ ...deps, pollIntervalMs }),
    sending: submit,
    deadlineMs,
  })
  const reconcileStep = createReconcile({
    ...deps,
    policy: { ...reconcile, sendingMs, pollIntervalMs, deadlineMs },
  })
  const pollTask = createPollTask({
    ...deps,
    policy: { ...task, pollIntervalMs, archive: config.archive.isOn },
  })
  const pages = createPages({ ...deps, pollIntervalMs })
  const tick = createTick({ ...deps, ...config.poll, observe: createObserve(deps), pollTask, pages })
  const pollStep = createPoll({ ...deps, tick, pollIntervalMs })
  return {
    submit: retryOnError<JobNotes, Attempt>(submitStep, deps.log),
    reconcile: retryOnError<JobNotes, Attempt>(reconcileStep, deps.log),
    poll: retryOnError<JobNotes, Attempt | Lane>(pollStep, deps.log, LANE_AGAIN_MS),
    archive: retryOnError<JobNotes, Attempt>(createArchive(deps), deps.log),
  }
}

import type { JobNotes, QueueName } from '@reelay/contracts/jobs'
import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { UpstreamState } from '@reelay/db/upstream-state'
import type { MediaStore } from '@reelay/media/store'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import type { Events } from '@reelay/telemetry/events'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { createArchive } from './archive.ts'
import type { WorkerConfig } from './config.ts'
import { createFindEarlierVideo } from './find-earlier-video.ts'
import type { Step } from './outcome.ts'
import { createPoll } from './poll.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { createReconcile } from './reconcile.ts'
import { retryOnError } from './retry-on-error.ts'
import { createSettle } from './settle.ts'
import { createSubmit } from './submit.ts'

export type StepDeps = {
  tasks: Tasks
  moves: Moves
  ledger: Ledger
  upstreamState: UpstreamState
  queues: Queues
  upstreams: Upstreams
  announce: Announce
  store: MediaStore
  stopping: AbortSignal
  throttle: PollThrottle
  events: Events
  log: Logger
}

export type StepsConfig = Pick<WorkerConfig, 'task' | 'reconcile'> & {
  archive: Pick<WorkerConfig['archive'], 'isOn'>
  submit: Pick<WorkerConfig['submit'], 'sendWindowMs' | 'sendingMs'>
  poll: Pick<WorkerConfig['poll'], 'intervalMs'>
}

/** Stands between a step and one thing that it uses, by name: lets a test die between any two awaits of a step. */
export type Wrap = <T extends object>(name: string, part: T) => T

export type Steps = Record<QueueName, Step>

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
  const pollStep = createPoll({
    ...deps,
    policy: { ...task, pollIntervalMs, archive: config.archive.isOn },
  })
  return {
    submit: retryOnError<JobNotes>(submitStep, deps.log),
    reconcile: retryOnError<JobNotes>(reconcileStep, deps.log),
    poll: retryOnError<JobNotes>(pollStep, deps.log),
    archive: retryOnError<JobNotes>(createArchive(deps), deps.log),
  }
}

import type { JobNotes, QueueName } from '@reelay/contracts/jobs'
import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { UpstreamState } from '@reelay/db/upstream-state'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Logger } from 'pino'
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
  upstream: UpstreamClient
  announce: Announce
  throttle: PollThrottle
  log: Logger
}

export type StepsConfig = Pick<WorkerConfig, 'task' | 'reconcile'> & {
  submit: Pick<WorkerConfig['submit'], 'maxInFlight' | 'sendingMs'>
  poll: Pick<WorkerConfig['poll'], 'intervalMs'>
}

/** Stands between a step and one thing that it uses, by name. */
export type Wrap = <T extends object>(name: string, part: T) => T

export type Steps = Record<QueueName, Step>

export function createSteps(config: StepsConfig, deps: StepDeps, wrap: Wrap = (_, part) => part): Steps {
  const { submit, reconcile, task } = config
  const { sendingMs } = submit
  const { list, missing, pollFloorMs } = deps.upstream.reads
  const pollIntervalMs = Math.max(config.poll.intervalMs, pollFloorMs)
  const lostAfterMs = Math.max(sendingMs, reconcile.windowMs)

  const submitStep = createSubmit({
    ...deps,
    findEarlierVideo: wrap(
      'findEarlierVideo',
      createFindEarlierVideo({ ...deps, lostAfterMs, missing, pollFloorMs }),
    ),
    settle: createSettle({ ...deps, pollIntervalMs }),
    permits: submit,
    tells: list?.tells,
    deadlineMs: task.deadlineMs,
  })
  const pollStep = createPoll({
    ...deps,
    reconcile: createReconcile({
      ...deps,
      policy: { ...reconcile, tells: list?.tells, sendingMs, pollIntervalMs, deadlineMs: task.deadlineMs },
    }),
    policy: { ...task, missing, pollIntervalMs, pollFloorMs },
  })
  return {
    submit: retryOnError<JobNotes>(submitStep, deps.log),
    poll: retryOnError<JobNotes>(pollStep, deps.log),
  }
}

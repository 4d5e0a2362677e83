import { randomUUID } from 'node:crypto'
import { queueNames } from '@reelay/contracts/jobs'
import { releaseLease, takeLease } from '@reelay/db/leases'
import type { Events } from '@reelay/telemetry/events'
import type { Tracing } from '@reelay/telemetry/tracing'
import type { Logger } from 'pino'
import { startWorker } from './bullmq.ts'
import type { WorkerConfig } from './config.ts'
import type { Connections } from './connections.ts'
import { startSweepingMedia } from './media-sweep.ts'
import type { RunningSteps } from './running-steps.ts'
import type { StepDeps, Steps } from './steps.ts'
import { startSweeping } from './sweep.ts'
import { tellPresence } from './tell-presence.ts'
import type { Trace } from './trace.ts'
import { watchLanes } from './watch-lanes.ts'
import { watchStore } from './watch-store.ts'
import { work } from './work.ts'

export type StartWorkDeps = {
  steps: Steps
  deps: StepDeps
  connections: Connections
  running: RunningSteps
  trace: Trace
  tracing: Tracing
  events: Events
  log: Logger
}

const CLOCK_EVERY_MS = 1000

export function startWork(
  config: WorkerConfig,
  { steps, deps, connections, running, trace, tracing, events, log }: StartWorkDeps,
) {
  const { database, queues, consumer } = connections
  const workers = queueNames.map((queue) => {
    const { step, options, canPause } = work[queue]
    return startWorker(queue, running.track(step(steps)), {
      lockDurationMs: config.jobs.lockMs,
      stalledIntervalMs: config.jobs.stalledCheckMs,
      ...options(config),
      ...(canPause && { pause: (ms: number) => queues.pause(queue, ms) }),
      connection: consumer,
      prefix: config.redis.prefix,
      trace,
      tracing,
      events,
      log,
    })
  })
  const holder = randomUUID()
  const onOne = (name: string, intervalMs: number) => ({
    lease: {
      take: () => takeLease(database.db, name, holder, intervalMs),
      giveBack: () => releaseLease(database.db, name, holder),
    },
    intervalMs,
    log,
  })
  const sweeping = startSweeping({
    ...deps,
    queues,
    events,
    pollIntervalMs: config.poll.intervalMs,
    ...onOne('sweep', config.sweep.intervalMs),
  })
  const watchingLanes = watchLanes({ ...deps, queues, pollIntervalMs: config.poll.intervalMs })
  const mediaSweeping = startSweepingMedia(config.mediaSweep, {
    ...deps,
    ...onOne('media-sweep', config.mediaSweep.intervalMs),
  })
  const watching = watchStore(deps)
  const present = tellPresence(holder, connections.presence)
  // Polls read it as they come; none would come to a worker whose clock fell behind.
  const readingClock = setInterval(() => void deps.throttle.read().catch(() => {}), CLOCK_EVERY_MS)
  log.info({ upstreams: config.upstream.registry.upstreams.map(({ name }) => name) }, 'worker started')

  return {
    async close(): Promise<void> {
      clearInterval(readingClock)
      watching.stop()
      const closed = [sweeping, watchingLanes, mediaSweeping, present].map((each) => each.stop())
      await Promise.all([...closed, ...workers.map((worker) => worker.close())])
    },
  }
}

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseHosts } from '@reelay/contracts/database-url'
import { loggableReason } from '@reelay/db/errors'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import { createTasks } from '@reelay/db/tasks'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { openStore } from '@reelay/media/open-store'
import { watchEviction } from '@reelay/queue/eviction'
import { createLateLooks } from '@reelay/queue/late-looks'
import { createProgressPublisher } from '@reelay/queue/progress'
import { createAnnouncer } from '@reelay/relay/announce'
import { createEvents, type Events } from '@reelay/telemetry/events'
import { noTracing, type Tracing } from '@reelay/telemetry/tracing'
import { noteOutcomes } from '@reelay/telemetry/tracing/watch-work'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { createDatabaseClock } from './clock.ts'
import type { WorkerConfig } from './config.ts'
import { type Connections, openConnections } from './connections.ts'
import { registerWorkerMetrics } from './metrics.ts'
import { createPollThrottle } from './poll-throttle.ts'
import { createRunningSteps } from './running-steps.ts'
import { startWork } from './start-work.ts'
import { createSteps, type StepDeps, type Wrap } from './steps.ts'
import { createTrace, type Trace } from './trace.ts'
import { createWaitFor } from './wait-for.ts'

export type WorkerDeps = {
  log: Logger
  registry?: Registry
  tracing?: Tracing
  wrap?: Wrap
}

type Around = { events: Events; trace: Trace; tracing: Tracing; log: Logger }

const CLOSE_MS = { workers: 1500, connections: 250 }
/** For what a step does beside its submission. */
const STEP_MARGIN_MS = 5000

export function openWorker(
  config: WorkerConfig,
  { log, registry = new Registry(), tracing = noTracing, wrap = (_, part) => part }: WorkerDeps,
) {
  const around = { events: createEvents(), trace: createTrace(), tracing, log }
  noteOutcomes(around.events, tracing)
  registerWorkerMetrics(registry, around.events, config.upstream.registry.credentials)
  const connections = openConnections(config, { ...around, registry })
  const { database, producer, upstreams } = connections
  const stopping = new AbortController()
  const deps = { ...stepDeps(config, connections, around, wrap), stopping: stopping.signal }
  const running = createRunningSteps(stopping.signal)
  const keepsKeys = watchEviction(producer, { production: config.isProduction, log })
  const { waitFor, waitingFor } = createWaitFor({ signal: stopping.signal, log })

  const servers = upstreams.registry.upstreams.map(({ baseUrl }) => baseUrl)
  void waitFor('upstream', servers.join(', '), () => upstreams.probe())
  // Moves need Postgres; a worker without it would only fail its jobs.
  const started = Promise.all([
    openStore(config.media),
    waitFor('postgres', databaseHosts(config.database.url), () =>
      database.ping().then(() => deps.throttle.read()),
    ),
    Promise.race([keepsKeys, once(stopping.signal, 'abort')]),
  ]).then(([store]) => {
    const workDeps = { ...deps, store: wrap('store', store) }
    const steps = createSteps(config, workDeps, wrap)
    return stopping.signal.aborted
      ? undefined
      : startWork(config, { ...around, steps, deps: workDeps, connections, running })
  })
  // It may reject before anybody awaits it.
  started.catch(() => {})

  return {
    /** Rejects when it can't work: on a Redis that loses keys, or for a fault of ours. */
    started,

    async notReady(): Promise<string[]> {
      if (stopping.signal.aborted) return ['stopping']
      const away = waitingFor()
      if (!connections.isRedisThere()) away.push('redis')
      if (!away.includes('postgres')) await database.ping().catch(() => away.push('postgres'))
      return away
    },

    /**
     * Lets running steps finish, submits within their timeout. What is left then, as the closing of BullMQ, which
     * never ends without Redis, is worth no long wait.
     */
    async stop(): Promise<void> {
      log.info('worker stopping')
      stopping.abort()
      connections.stopWatching()
      const workClosed = started
        .then((work) => work?.close())
        .catch((error) => log.warn({ reason: loggableReason(error) }, 'workers not closed in order'))
      await Promise.race([running.ended(), sleep(config.upstream.submitTimeoutMs + STEP_MARGIN_MS)])
      await Promise.race([workClosed, sleep(CLOSE_MS.workers)])
      await Promise.race([connections.close(), sleep(CLOSE_MS.connections)])
      log.info('worker stopped')
    },
  }
}

function stepDeps(
  config: WorkerConfig,
  connections: Connections,
  { events, trace, tracing, log }: Around,
  wrap: Wrap,
): Omit<StepDeps, 'store' | 'stopping'> {
  const { db } = connections.database
  const publish = createProgressPublisher({
    connection: connections.producer,
    prefix: config.redis.prefix,
    log,
  })
  const countMove = ({ status, errorCode }: TaskRow) => events.emit('taskMoved', { status, errorCode })
  const upstreamState = wrap('upstreamState', createUpstreamState(db))
  return {
    tasks: wrap('tasks', createTasks(db)),
    moves: wrap('moves', createMoves(db)),
    ledger: wrap('ledger', createLedger(db)),
    upstreamState,
    queues: wrap('queues', connections.queues),
    lateLooks: wrap(
      'lateLooks',
      createLateLooks({ connection: connections.producer, prefix: config.redis.prefix }),
    ),
    upstreams: {
      ...connections.upstreams,
      clientOf(credential) {
        const client = connections.upstreams.clientOf(credential)
        return client && wrap('upstream', client)
      },
    },
    announce: wrap('announce', createAnnouncer({ ...trace, publish, log, countMove })),
    throttle: createPollThrottle(upstreamState, config.poll.intervalMs, createDatabaseClock(log)),
    tracing,
    events,
    log,
  }
}

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseHosts } from '@reelay/contracts/database-url'
import { openDatabase } from '@reelay/db/client'
import { reasonOf } from '@reelay/db/errors'
import { createFigures } from '@reelay/db/figures'
import { releaseLease, takeLease } from '@reelay/db/leases'
import type { TaskRow } from '@reelay/db/schema'
import { createTaskRepository } from '@reelay/db/task-repository'
import { createTransitions } from '@reelay/db/transitions'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { isConnected, openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { watchEviction } from '@reelay/queue/eviction'
import { watchFailover } from '@reelay/queue/failover'
import { createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { readRedisState } from '@reelay/queue/redis-state'
import { createAnnouncer } from '@reelay/relay/announce'
import { createEvents } from '@reelay/telemetry/events'
import { registerStoreGauges } from '@reelay/telemetry/store-gauges'
import { createUpstreamClient } from '@reelay/upstream/client'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { startWorker } from './bullmq.ts'
import { createDatabaseClock } from './clock.ts'
import type { WorkerConfig } from './config.ts'
import { createFindEarlierVideo } from './find-earlier-video.ts'
import { registerWorkerMetrics } from './metrics.ts'
import { type Outcome, type Step, snooze } from './outcome.ts'
import { createPoll } from './poll.ts'
import { createPollThrottle } from './poll-throttle.ts'
import { createReconcile } from './reconcile.ts'
import { retryOnError } from './retry-on-error.ts'
import { createSettle } from './settle.ts'
import { createSubmit } from './submit.ts'
import { startSweeping } from './sweep.ts'
import { createTrace } from './trace.ts'
import { createWaitFor } from './wait-for.ts'

const CLOSE_MS = { workers: 1500, stores: 250 }
/** For what a step does beside its submission. */
const STEP_MARGIN_MS = 5000
const CLOCK_EVERY_MS = 1000

/** Stands between a step and one thing that it uses, by name. */
export type Wrap = <T extends object>(name: string, part: T) => T

/**
 * Opens what a worker needs and starts both queues' workers and the sweep as soon as Postgres answers.
 * `notReady` names what it still waits for; `wrap` lets a test die between any two awaits of a step.
 */
export function runWorker(
  config: WorkerConfig,
  log: Logger,
  wrap: Wrap = (_, part) => part,
  registry = new Registry(),
) {
  const prefix = config.redis.prefix
  const trace = createTrace()
  const events = createEvents()
  registerWorkerMetrics(registry, events, config.submit)
  const database = openDatabase(config.database.url, { max: 20 })
  const consumer = openWorkerConnection(config.redis.url, log)
  const producer = openProducerConnection(config.redis.url, log)
  const failover = watchFailover(producer, [consumer], prefix)
  const upstream = createUpstreamClient({
    ...config.upstream,
    onCall: (call) => events.emit('upstreamCalled', call),
  })
  const queues = createQueues({ connection: producer, prefix, requestId: trace.requestId })
  registerStoreGauges(registry, {
    database: createFigures(database.db),
    queues: queues.figures,
    redis: () => readRedisState(producer),
    pool: database.pool,
  })
  const steps = createSteps()
  const stopping = new AbortController()
  const keepsKeys = watchEviction(producer, { production: config.isProduction, log })
  const underWay = new Set<Promise<Outcome>>()
  const waitingFor = new Set(['postgres', 'upstream'])
  const waitFor = createWaitFor({ waitingFor, signal: stopping.signal, log })

  void waitFor('upstream', config.upstream.baseUrl, () => upstream.probe())
  // Moves need Postgres; a worker without it would only fail its jobs.
  const running = Promise.all([
    waitFor('postgres', databaseHosts(config.database.url), () => database.ping().then(steps.throttle.read)),
    Promise.race([keepsKeys, once(stopping.signal, 'abort')]),
  ]).then(startWorkers)
  running.catch(() => {})

  return {
    /** Rejects when a worker must not start on this Redis. */
    keepsKeys,

    async notReady(): Promise<string[]> {
      if (stopping.signal.aborted) return ['stopping']
      const away = [...waitingFor]
      if (!isConnected(consumer) || !failover.isWritable()) away.push('redis')
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
      failover.close()
      const workersClosed = running
        .then((workers) => workers?.close())
        .catch((error) => log.warn({ reason: reasonOf(error) }, 'workers not closed in order'))
      await Promise.race([
        Promise.allSettled(underWay),
        sleep(config.upstream.submitTimeoutMs + STEP_MARGIN_MS),
      ])
      await Promise.race([workersClosed, sleep(CLOSE_MS.workers)])
      await Promise.race([
        Promise.allSettled([queues.close(), upstream.close(), database.close()]),
        sleep(CLOSE_MS.stores),
      ])
      log.info('worker stopped')
    },
  }

  function createSteps() {
    const tasks = wrap('tasks', createTaskRepository(database.db))
    const publish = createProgressPublisher({ connection: producer, prefix, log })
    const countMove = ({ status, errorCode }: TaskRow) => events.emit('taskMoved', { status, errorCode })
    const announce = wrap('announce', createAnnouncer({ ...trace, publish, log, countMove }))
    const transitions = wrap('transitions', createTransitions(database.db))
    const upstreamState = wrap('upstreamState', createUpstreamState(database.db))
    const throttle = createPollThrottle(upstreamState, config.poll.intervalMs, createDatabaseClock(log))
    const shared = {
      tasks,
      transitions,
      upstreamState,
      queues: wrap('queues', queues),
      upstream: wrap('upstream', upstream),
      announce,
      throttle,
      log,
    }
    const pollIntervalMs = config.poll.intervalMs
    const { deadlineMs } = config.task
    const { sendingMs } = config.submit
    const sourceIsTold = config.upstream.remixVerb === 'remix'

    const reconcile = createReconcile({
      ...shared,
      policy: {
        by: config.reconcile.by,
        sourceIsTold,
        sendingMs,
        pollIntervalMs,
        windowMs: config.reconcile.windowMs,
        deadlineMs,
      },
    })
    const submit = createSubmit({
      ...shared,
      findEarlierVideo: wrap(
        'findEarlierVideo',
        createFindEarlierVideo({ ...shared, lostAfterMs: Math.max(sendingMs, config.reconcile.windowMs) }),
      ),
      settle: createSettle({ ...shared, pollIntervalMs }),
      permits: config.submit,
      sourceIsTold,
      deadlineMs,
    })
    return {
      tasks,
      transitions,
      throttle,
      submit: retryOnError(submit, log),
      poll: retryOnError(
        createPoll({
          ...shared,
          reconcile,
          policy: { ...config.task, pollIntervalMs },
        }),
        log,
      ),
    }
  }

  function startWorkers() {
    if (stopping.signal.aborted) return undefined
    const options = {
      connection: consumer,
      prefix,
      lockDurationMs: config.jobs.lockMs,
      stalledIntervalMs: config.jobs.stalledCheckMs,
      trace,
      events,
      log,
    }
    const workers = [
      startWorker('submit', counted(steps.submit), {
        ...options,
        pause: (ms) => queues.pause('submit', ms),
        ratePerMinute: config.submit.ratePerMinute,
        concurrency: config.submit.concurrency,
      }),
      startWorker('poll', counted(steps.poll), {
        ...options,
        concurrency: config.poll.concurrency,
      }),
    ]
    const holder = randomUUID()
    const sweeping = startSweeping({
      tasks: steps.tasks,
      transitions: steps.transitions,
      queues,
      lease: {
        take: () => takeLease(database.db, 'sweep', holder, config.sweep.intervalMs),
        giveBack: () => releaseLease(database.db, 'sweep', holder),
      },
      intervalMs: config.sweep.intervalMs,
      events,
      log,
    })
    // Polls read it as they come; none would come to a worker whose clock fell behind.
    const readingClock = setInterval(() => void steps.throttle.read().catch(() => {}), CLOCK_EVERY_MS)
    log.info({ upstream: config.upstream.baseUrl }, 'worker started')
    return {
      async close(): Promise<void> {
        clearInterval(readingClock)
        await Promise.all([sweeping.stop(), ...workers.map((worker) => worker.close())])
      },
    }
  }

  /** Remembers which runs of a step are under way. What comes while stopping is for another worker. */
  function counted(step: Step): Step {
    return (attempt, run) => {
      if (stopping.signal.aborted) return Promise.resolve(snooze(0, run.notes))
      const result = step(attempt, run)
      const forget = () => underWay.delete(result)
      underWay.add(result)
      result.then(forget, forget)
      return result
    }
  }
}

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseHosts } from '@reelay/contracts/database-url'
import { openDatabase } from '@reelay/db/client'
import { loggableReason } from '@reelay/db/errors'
import { createFigures } from '@reelay/db/figures'
import { releaseLease, takeLease } from '@reelay/db/leases'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import { createTasks } from '@reelay/db/tasks'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { isConnected, openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { watchEviction } from '@reelay/queue/eviction'
import { watchFailover } from '@reelay/queue/failover'
import { createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { readRedisState } from '@reelay/queue/redis-state'
import { registerStoreGauges } from '@reelay/telemetry/store-gauges'
import { observed } from '@reelay/telemetry/upstream'
import { createUpstreamClient } from '@reelay/upstream/client'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { createAnnouncer } from './announce.ts'
import { startWorker } from './bullmq.ts'
import { createDatabaseClock } from './clock.ts'
import type { WorkerConfig } from './config.ts'
import { createFindEarlierVideo } from './find-earlier-video.ts'
import { createWorkerMetrics } from './metrics.ts'
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
  const prefix = config.REDIS_PREFIX
  const trace = createTrace()
  const metrics = createWorkerMetrics(registry, { maxInFlight: config.SORA_MAX_IN_FLIGHT })
  const database = openDatabase(config.DATABASE_URL, { max: 20 })
  const consumer = openWorkerConnection(config.REDIS_URL, log)
  const producer = openProducerConnection(config.REDIS_URL, log)
  const failover = watchFailover(producer, [consumer], prefix)
  const upstream = observed(
    createUpstreamClient(config.upstream),
    ['submit', 'retrieve', 'probeContent', 'list'],
    metrics.observeUpstream,
  )
  const queues = createQueues({ connection: producer, prefix, requestId: trace.requestId })
  registerStoreGauges(registry, {
    database: createFigures(database.db),
    queues: queues.figures,
    redis: () => readRedisState(producer),
    pool: database.pool,
  })
  const steps = createSteps()
  const stopping = new AbortController()
  const keepsKeys = watchEviction(producer, { production: config.NODE_ENV === 'production', log })
  const underWay = new Set<Promise<Outcome>>()
  const waitingFor = new Set(['postgres', 'upstream'])
  const waitFor = createWaitFor({ waitingFor, signal: stopping.signal, log })

  void waitFor('upstream', config.upstream.baseUrl, () => upstream.probe())
  // Moves need Postgres; a worker without it would only fail its jobs.
  const running = Promise.all([
    waitFor('postgres', databaseHosts(config.DATABASE_URL), () => database.ping().then(steps.throttle.read)),
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
        .catch((error) => log.warn({ reason: loggableReason(error) }, 'workers not closed in order'))
      await Promise.race([
        Promise.allSettled(underWay),
        sleep(config.SORA_SUBMIT_TIMEOUT_MS + STEP_MARGIN_MS),
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
    const tasks = wrap('tasks', createTasks(database.db))
    const publish = createProgressPublisher({ connection: producer, prefix, log })
    const announce = wrap('announce', createAnnouncer({ ...metrics, ...trace, publish, log }))
    const moves = wrap('moves', createMoves(database.db))
    const ledger = wrap('ledger', createLedger(database.db))
    const upstreamState = wrap('upstreamState', createUpstreamState(database.db))
    const throttle = createPollThrottle(upstreamState, config.POLL_INTERVAL_MS, createDatabaseClock(log))
    const shared = {
      tasks,
      moves,
      ledger,
      upstreamState,
      queues: wrap('queues', queues),
      upstream: wrap('upstream', upstream),
      announce,
      throttle,
      log,
    }
    const { POLL_INTERVAL_MS: pollIntervalMs, TASK_DEADLINE_MS: deadlineMs } = config
    const sourceIsTold = config.SORA_REMIX_VERB === 'remix'

    const sendingMs = config.SEND_WINDOW_MS + config.SORA_SUBMIT_TIMEOUT_MS + 5000
    const reconcile = createReconcile({
      ...shared,
      policy: {
        by: config.SORA_RECONCILE,
        sourceIsTold,
        sendingMs,
        pollIntervalMs,
        windowMs: config.RECONCILE_WINDOW_MS,
        deadlineMs,
      },
    })
    const submit = createSubmit({
      ...shared,
      findEarlierVideo: wrap(
        'findEarlierVideo',
        createFindEarlierVideo({ ...shared, lostAfterMs: Math.max(sendingMs, config.RECONCILE_WINDOW_MS) }),
      ),
      settle: createSettle({ ...shared, pollIntervalMs }),
      permits: { maxInFlight: config.SORA_MAX_IN_FLIGHT, sendingMs },
      sourceIsTold,
      deadlineMs,
    })
    return {
      tasks,
      ledger,
      throttle,
      submit: retryOnError(submit, log),
      poll: retryOnError(
        createPoll({
          ...shared,
          reconcile,
          policy: {
            pollIntervalMs,
            overdueMs: config.TASK_OVERDUE_MS,
            deadlineMs,
            autoRetries: config.AUTO_RETRIES,
          },
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
      lockDurationMs: config.LOCK_DURATION_MS,
      stalledIntervalMs: config.STALLED_INTERVAL_MS,
      trace,
      log,
    }
    const workers = [
      startWorker('submit', counted(steps.submit), {
        ...options,
        observe: metrics.observeJobs('submit'),
        pause: (ms) => queues.pause('submit', ms),
        ratePerMinute: config.SUBMIT_RATE_PER_MINUTE,
        concurrency: config.SUBMIT_CONCURRENCY,
      }),
      startWorker('poll', counted(steps.poll), {
        ...options,
        observe: metrics.observeJobs('poll'),
        concurrency: config.POLL_CONCURRENCY,
      }),
    ]
    const holder = randomUUID()
    const sweeping = startSweeping({
      tasks: steps.tasks,
      ledger: steps.ledger,
      queues,
      lease: {
        take: () => takeLease(database.db, 'sweep', holder, config.SWEEP_INTERVAL_MS),
        giveBack: () => releaseLease(database.db, 'sweep', holder),
      },
      intervalMs: config.SWEEP_INTERVAL_MS,
      observe: metrics.observeSweep,
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

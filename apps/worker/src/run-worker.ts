import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '@reelay/db/client'
import { reasonOf } from '@reelay/db/errors'
import { takeLease } from '@reelay/db/leases'
import { createTaskRepository } from '@reelay/db/task-repository'
import { createTransitions } from '@reelay/db/transitions'
import { isConnected, openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { createSoraClient } from '@reelay/sora/client'
import type { Logger } from 'pino'
import { createAnnouncer } from './announce.ts'
import type { WorkerConfig } from './config.ts'
import { createPoll } from './poll.ts'
import { createReconcile } from './reconcile.ts'
import { createSubmit } from './submit.ts'
import { startSweeping } from './sweep.ts'
import { startWorker } from './worker.ts'

const WITHOUT_REDIS_MS = 1000
const CLOSE_MS = 5000

/**
 * Opens what a worker needs and starts both queues' workers and the sweep as soon as Postgres answers.
 * `notReady` names what it still waits for.
 */
export function runWorker(config: WorkerConfig, log: Logger) {
  const database = openDatabase(config.DATABASE_URL, { max: 20 })
  const consumer = openWorkerConnection(config.REDIS_URL, log)
  const producer = openProducerConnection(config.REDIS_URL, log)
  const sora = createSoraClient(config.sora)
  const queues = createQueues({ connection: producer, prefix: config.REDIS_PREFIX })
  const steps = createSteps()
  const stopping = new AbortController()
  const waitingFor = new Set(['postgres', 'upstream'])

  void untilReached('upstream', config.sora.baseUrl, () => sora.probe())
  // Moves need Postgres; a worker without it would only fail its jobs.
  const running = untilReached('postgres', new URL(config.DATABASE_URL).host, () => database.ping()).then(
    startWorkers,
  )

  return {
    async notReady(): Promise<string[]> {
      if (stopping.signal.aborted) return ['stopping']
      const away = [...waitingFor]
      if (!isConnected(consumer)) away.push('redis')
      if (!away.includes('postgres')) await database.ping().catch(() => away.push('postgres'))
      return away
    },

    /** Lets running submits finish within their timeout. BullMQ's close never returns without Redis, hence the race. */
    async stop(): Promise<void> {
      log.info('worker stopping')
      stopping.abort()
      const workersClosed = running.then((workers) => workers?.close())
      const patienceMs = isConnected(consumer) ? config.SORA_SUBMIT_TIMEOUT_MS + CLOSE_MS : WITHOUT_REDIS_MS
      await Promise.race([workersClosed, sleep(patienceMs)])
      await Promise.race([Promise.all([queues.close(), sora.close(), database.close()]), sleep(CLOSE_MS)])
      log.info('worker stopped')
    },
  }

  function createSteps() {
    const tasks = createTaskRepository(database.db)
    const publish = createProgressPublisher({ connection: producer, prefix: config.REDIS_PREFIX, log })
    const announce = createAnnouncer({ publish, overdueMs: config.TASK_OVERDUE_MS, log })
    const shared = { tasks, transitions: createTransitions(database.db), queues, sora, announce, log }
    const sourceIsTold = config.SORA_REMIX_VERB === 'remix'

    const reconcile = createReconcile({
      ...shared,
      policy: {
        by: config.SORA_RECONCILE,
        sourceIsTold,
        sendingMs: config.SEND_WINDOW_MS + config.SORA_SUBMIT_TIMEOUT_MS + 5000,
        windowMs: config.RECONCILE_WINDOW_MS,
      },
    })
    const pollIntervalMs = config.POLL_INTERVAL_MS
    const deadlineMs = config.TASK_DEADLINE_MS
    return {
      tasks,
      submit: createSubmit({ ...shared, sourceIsTold, pollIntervalMs, deadlineMs }),
      poll: createPoll({
        ...shared,
        reconcile,
        policy: {
          pollIntervalMs,
          overdueMs: config.TASK_OVERDUE_MS,
          deadlineMs,
          autoRetries: config.AUTO_RETRIES,
        },
      }),
    }
  }

  function startWorkers() {
    if (stopping.signal.aborted) return undefined
    const options = {
      connection: consumer,
      prefix: config.REDIS_PREFIX,
      lockDurationMs: config.LOCK_DURATION_MS,
      stalledIntervalMs: config.STALLED_INTERVAL_MS,
      log,
    }
    const workers = [
      startWorker('submit', steps.submit, {
        ...options,
        pause: (ms) => queues.pause('submit', ms),
        concurrency: config.SUBMIT_CONCURRENCY,
      }),
      startWorker('poll', steps.poll, {
        ...options,
        pause: (ms) => queues.pause('poll', ms),
        concurrency: config.POLL_CONCURRENCY,
      }),
    ]
    const holder = randomUUID()
    const sweeping = startSweeping({
      tasks: steps.tasks,
      queues,
      takeLease: () => takeLease(database.db, 'sweep', holder, 3 * config.SWEEP_INTERVAL_MS),
      intervalMs: config.SWEEP_INTERVAL_MS,
      log,
    })
    log.info({ upstream: config.sora.baseUrl }, 'worker started')
    return {
      async close(): Promise<void> {
        sweeping.stop()
        await Promise.all(workers.map((worker) => worker.close()))
      },
    }
  }

  async function untilReached(name: string, tried: string, probe: () => Promise<unknown>): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      try {
        await probe()
        waitingFor.delete(name)
        return
      } catch (error) {
        log.warn({ tried, reason: reasonOf(error) }, `${name} unavailable`)
        await sleep(Math.min(5000, 250 * 2 ** failures), undefined, stopping).catch(() => {})
      }
    }
  }
}

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
import { pino } from 'pino'
import { createAnnouncer } from './announce.ts'
import { readConfig } from './config.ts'
import { serveHealth } from './health.ts'
import { createPoll } from './poll.ts'
import { createReconcile } from './reconcile.ts'
import { createSubmit } from './submit.ts'
import { startSweeping } from './sweep.ts'
import { startWorker } from './worker.ts'

let stopping = false
const config = readConfigOrExit()
const log = pino({ level: config.LOG_LEVEL, base: { process: 'worker', pid: process.pid } })

const database = openDatabase(config.DATABASE_URL, { max: 20 })
const consumer = openWorkerConnection(config.REDIS_URL, log)
const producer = openProducerConnection(config.REDIS_URL, log)
const sora = createSoraClient(config.sora)

const prefix = config.REDIS_PREFIX
const overdueMs = config.TASK_OVERDUE_MS
const tasks = createTaskRepository(database.db)
const transitions = createTransitions(database.db)
const queues = createQueues({ connection: producer, prefix })
const publish = createProgressPublisher({ connection: producer, prefix, log })
const announce = createAnnouncer({ publish, overdueMs, log })

const waitingFor = new Set(['postgres', 'upstream'])
const started = [
  untilReached('postgres', new URL(config.DATABASE_URL).host, () => database.ping()),
  untilReached('upstream', config.sora.baseUrl, () => sora.probe()),
]
const health =
  config.WORKER_PORT > 0
    ? await serveHealth({ port: config.WORKER_PORT, host: config.WORKER_HOST }, notReady)
    : undefined

// Moves need Postgres; a worker without it would only fail its jobs.
await started[0]

const sourceIsTold = config.SORA_REMIX_VERB === 'remix'
const steps = { tasks, transitions, queues, sora, announce, log }
const reconcile = createReconcile({
  ...steps,
  policy: {
    by: config.SORA_RECONCILE,
    sourceIsTold,
    sendingMs: config.SEND_WINDOW_MS + config.SORA_SUBMIT_TIMEOUT_MS + 5000,
    windowMs: config.RECONCILE_WINDOW_MS,
  },
})
const submit = createSubmit({
  ...steps,
  sourceIsTold,
  pollIntervalMs: config.POLL_INTERVAL_MS,
  deadlineMs: config.TASK_DEADLINE_MS,
})
const poll = createPoll({
  ...steps,
  reconcile,
  policy: {
    pollIntervalMs: config.POLL_INTERVAL_MS,
    overdueMs,
    deadlineMs: config.TASK_DEADLINE_MS,
    autoRetries: config.AUTO_RETRIES,
  },
})

const options = {
  connection: consumer,
  prefix,
  lockDurationMs: config.LOCK_DURATION_MS,
  stalledIntervalMs: config.STALLED_INTERVAL_MS,
  log,
}
const workers = [
  startWorker('submit', submit, {
    ...options,
    pause: (ms) => queues.pause('submit', ms),
    concurrency: config.SUBMIT_CONCURRENCY,
  }),
  startWorker('poll', poll, {
    ...options,
    pause: (ms) => queues.pause('poll', ms),
    concurrency: config.POLL_CONCURRENCY,
  }),
]
const holder = randomUUID()
const sweeping = startSweeping({
  tasks,
  queues,
  takeLease: () => takeLease(database.db, 'sweep', holder, 3 * config.SWEEP_INTERVAL_MS),
  intervalMs: config.SWEEP_INTERVAL_MS,
  log,
})
log.info({ upstream: config.sora.baseUrl }, 'worker started')

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // A second signal stops at once, which is as safe as a crash.
    if (stopping) process.exit(1)
    stopping = true
    void stop()
  })
}

/** Lets running submits finish within their timeout. BullMQ's close never returns without Redis, hence the race. */
async function stop(): Promise<void> {
  log.info('worker stopping')
  sweeping.stop()
  health?.close()
  await Promise.race([
    Promise.all(workers.map((worker) => worker.close())),
    sleep(isConnected(consumer) ? config.SORA_SUBMIT_TIMEOUT_MS + 5000 : 1000),
  ])
  await Promise.race([Promise.all([queues.close(), sora.close(), database.close()]), sleep(5000)])
  log.info('worker stopped')
  process.exit(0)
}

async function notReady(): Promise<string[]> {
  const away = [...waitingFor]
  if (!isConnected(consumer)) away.push('redis')
  if (!away.includes('postgres')) await database.ping().catch(() => away.push('postgres'))
  return stopping ? ['stopping'] : away
}

async function untilReached(name: string, tried: string, probe: () => Promise<unknown>): Promise<void> {
  for (let failures = 0; ; failures += 1) {
    try {
      await probe()
      waitingFor.delete(name)
      return
    } catch (error) {
      log.warn({ tried, reason: reasonOf(error) }, `${name} unavailable`)
      await sleep(Math.min(5000, 250 * 2 ** failures))
    }
  }
}

function readConfigOrExit() {
  try {
    return readConfig()
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}

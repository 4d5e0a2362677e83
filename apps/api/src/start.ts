import { setTimeout as sleep } from 'node:timers/promises'
import { databaseHosts } from '@reelay/contracts/database-url'
import { exitWith, listenError, orExit } from '@reelay/contracts/environment'
import { createApiKeys } from '@reelay/db/api-keys'
import { openDatabase } from '@reelay/db/client'
import { createCredentialStates } from '@reelay/db/credential-states'
import { isUnavailable, loggableReason } from '@reelay/db/errors'
import { createFigures } from '@reelay/db/figures'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import { createTasks } from '@reelay/db/tasks'
import { createUserRepository } from '@reelay/db/user-repository'
import { openStore } from '@reelay/media/open-store'
import { createCallCounts } from '@reelay/queue/call-counts'
import {
  openCounterConnection,
  openProducerConnection,
  openSubscriberConnection,
} from '@reelay/queue/connection'
import { watchEviction } from '@reelay/queue/eviction'
import { watchFailover } from '@reelay/queue/failover'
import { createPresence } from '@reelay/queue/presence'
import { createProgressListener, createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { readRedisState } from '@reelay/queue/redis-state'
import { createTickets } from '@reelay/queue/tickets'
import { tallyCalls } from '@reelay/telemetry/call-tally'
import { endOnErrors } from '@reelay/telemetry/ending'
import { createEvents } from '@reelay/telemetry/events'
import { createLog } from '@reelay/telemetry/log'
import { createRegistry } from '@reelay/telemetry/registry'
import { registerStoreGauges } from '@reelay/telemetry/store-gauges'
import { startTracing } from '@reelay/telemetry/tracing'
import { createTraceCall, noteOutcomes } from '@reelay/telemetry/tracing/watch-work'
import { openUpstreams } from '@reelay/upstream/upstreams'
import { makeFirstAdmin } from './accounts/first-admin.ts'
import { createPasswords } from './accounts/passwords.ts'
import { buildApp } from './app.ts'
import { addressVariables, readConfig } from './config.ts'
import { mostConnections } from './http/connection-limit.ts'

/** Somebody waits for each answer of Postgres, and is told to try again within three seconds. */
const QUERY_TIMEOUT_MS = 2500
/** Postgres gives up first, so that one that does not is gone. */
const STATEMENT_TIMEOUT_MS = 2300
/** Who still waits for a store then is told that it is away. */
const STORES_OPEN_MS = 1750
const CLOSE_MS = 500
/** A Redis that answers is asked before anybody is served; without one the api serves all the same. */
const REDIS_PATIENCE_MS = 2000
let stopping = false

const config = orExit(readConfig)
const log = await createLog('api', config.log)
endOnErrors(log)

const database = orExit(() =>
  openDatabase(config.database.url, {
    max: 20,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  }),
)
const producer = openProducerConnection(config.redis.url, log)
const subscriber = openSubscriberConnection(config.redis.url, log)
const counter = openCounterConnection(config.redis.url, log)
const failover = watchFailover(producer, [subscriber, counter], config.redis.prefix)
const keepsKeys = watchEviction(producer, { production: config.isProduction, log }).catch(refuse)
const events = createEvents()
const { registry: upstreamRegistry, ...upstreamOptions } = config.upstream
const baseUrls = upstreamRegistry.upstreams.map(({ baseUrl }) => baseUrl)
const tracing = await startTracing(config.tracing, { baseUrls, log })
noteOutcomes(events, tracing)
const queues = createQueues({
  connection: producer,
  prefix: config.redis.prefix,
  origin: () => ({ traceparent: tracing.traceparent() }),
})
const upstreams = openUpstreams(upstreamRegistry, {
  ...upstreamOptions,
  onCall: (call) => events.emit('upstreamCalled', call),
  traceCall: createTraceCall(tracing),
})
const callCounts = createCallCounts({ connection: producer, prefix: config.redis.prefix })
const calls = tallyCalls(events, { ...callCounts, log })
const users = createUserRepository(database.db)
const passwords = createPasswords()
const registry = createRegistry()
registerStoreGauges(registry, {
  database: createFigures(database.db),
  queues: queues.figures,
  redis: () => readRedisState(producer),
  pool: database.pool,
  credentials: upstreamRegistry.credentials.map(({ id }) => id),
})

const app = await buildApp({
  config,
  log,
  tasks: createTasks(database.db),
  users,
  passwords,
  apiKeys: createApiKeys(database.db),
  moves: createMoves(database.db),
  ledger: createLedger(database.db),
  queues,
  publish: createProgressPublisher({ connection: producer, prefix: config.redis.prefix, log }),
  listener: createProgressListener({ connection: subscriber, prefix: config.redis.prefix, log }),
  counter,
  store: await openStore(config.media),
  tickets: createTickets({ connection: producer, prefix: config.redis.prefix }),
  upstreams,
  credentialStates: createCredentialStates(database.db),
  callCounts,
  presence: createPresence({ connection: producer, prefix: config.redis.prefix }),
  events,
  registry,
  pingPostgres: database.ping,
  ...(config.tracing && { traceRequests: (await import('./http/trace-requests.ts')).traceRequests }),
  isRedisWritable: failover.isWritable,
  isStopping: () => stopping,
})
await Promise.race([keepsKeys, sleep(REDIS_PATIENCE_MS)])
app.server.maxConnections = mostConnections() ?? Number.POSITIVE_INFINITY
await app
  .listen({ port: config.server.port, host: config.server.host, backlog: 4096 })
  .catch((error) =>
    exitWith(
      listenError(
        error,
        { name: addressVariables.port, value: config.server.port },
        { name: addressVariables.host, value: config.server.host },
      ),
    ),
  )
void beginWithPostgres()

/** Unready first, so that balancers stop sending before anything is closed. */
export async function stop(): Promise<void> {
  log.info('api stopping')
  stopping = true
  await sleep(config.server.stopDelayMs)
  const closed = app.close()
  await Promise.race([closed, sleep(STORES_OPEN_MS)])
  const storesClosed = Promise.all([
    calls.close(),
    queues.close(),
    upstreams.close(),
    database.closeNow(),
    tracing.close(),
  ])
  await Promise.race([Promise.all([closed, storesClosed]), sleep(CLOSE_MS)])
  log.info('api stopped')
}

/**
 * Says what is missing until Postgres answers, and makes the first admin then; meanwhile requests get 503 and
 * readiness is false.
 */
async function beginWithPostgres(): Promise<void> {
  const tried = databaseHosts(config.database.url)
  for (let failures = 0; !stopping; failures += 1) {
    try {
      await database.ping()
      const { firstAdmin } = config.accounts
      if (firstAdmin) await makeFirstAdmin(firstAdmin, { users, passwords, log })
      return
    } catch (error) {
      const what = isUnavailable(error) ? 'postgres unavailable' : 'first admin not made yet'
      log.warn({ tried, reason: loggableReason(error) }, what)
      await sleep(Math.min(5000, 250 * 2 ** failures))
    }
  }
}

function refuse(error: Error): void {
  log.fatal({ reason: error.message }, 'api not started')
  process.exit(1)
}

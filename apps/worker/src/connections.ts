import { openDatabase } from '@reelay/db/client'
import { createFigures } from '@reelay/db/figures'
import { createCallCounts } from '@reelay/queue/call-counts'
import { isConnected, openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { watchFailover } from '@reelay/queue/failover'
import { createPresence } from '@reelay/queue/presence'
import { createQueues } from '@reelay/queue/queues'
import { readRedisState } from '@reelay/queue/redis-state'
import { tallyCalls } from '@reelay/telemetry/call-tally'
import type { Events } from '@reelay/telemetry/events'
import { registerStoreGauges } from '@reelay/telemetry/store-gauges'
import type { Tracing } from '@reelay/telemetry/tracing'
import { createTraceCall } from '@reelay/telemetry/tracing/watch-work'
import { openUpstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { WorkerConfig } from './config.ts'
import type { Trace } from './trace.ts'

export type Connections = ReturnType<typeof openConnections>

export type ConnectionDeps = {
  events: Events
  trace: Trace
  tracing: Tracing
  registry: Registry
  log: Logger
}

export function openConnections(
  config: WorkerConfig,
  { events, trace, tracing, registry, log }: ConnectionDeps,
) {
  const { url, prefix } = config.redis
  const database = openDatabase(config.database.url, { max: 20 })
  const consumer = openWorkerConnection(url, log)
  const producer = openProducerConnection(url, log)
  const failover = watchFailover(producer, [consumer], prefix)
  const queues = createQueues({ connection: producer, prefix, origin: trace.origin })
  const calls = tallyCalls(events, { ...createCallCounts({ connection: producer, prefix }), log })
  const { registry: upstreamRegistry, ...timeouts } = config.upstream
  const upstreams = openUpstreams(upstreamRegistry, {
    ...timeouts,
    onCall: (call) => events.emit('upstreamCalled', call),
    traceCall: createTraceCall(tracing),
  })
  registerStoreGauges(registry, {
    database: createFigures(database.db),
    queues: queues.figures,
    redis: () => readRedisState(producer),
    pool: database.pool,
    credentials: upstreamRegistry.credentials.map(({ id }) => id),
  })

  return {
    database,
    consumer,
    producer,
    queues,
    presence: createPresence({ connection: producer, prefix }),
    upstreams,
    isRedisThere: () => isConnected(consumer) && failover.isWritable(),
    stopWatching: () => failover.close(),
    close: () => Promise.allSettled([calls.close(), queues.close(), upstreams.close(), database.close()]),
  }
}

import type { CredentialId } from '@reelay/contracts/credential'
import type { Events } from '@reelay/telemetry/events'
import { countMoves } from '@reelay/telemetry/moves'
import { countUpstreamCalls } from '@reelay/telemetry/upstream'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const FEED_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

export function registerApiMetrics(
  registry: Registry,
  events: Events,
  { openFeeds, credentials }: { openFeeds: () => number; credentials: readonly CredentialId[] },
): void {
  countMoves(events, registry)
  countUpstreamCalls(events, registry, credentials)
  timeRequests(events, registry)
  countUpdates(events, registry)
  new Gauge({
    name: 'reelay_feed_connections',
    help: 'Open feeds',
    registers: [registry],
    collect() {
      this.set(openFeeds())
    },
  })
}

function timeRequests(events: Events, registry: Registry): void {
  const times = new Histogram({
    name: 'reelay_http_request_seconds',
    help: 'Time until an answer was written, by route pattern; feeds excepted',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  })
  events.on('requestEnded', ({ seconds, ...labels }) => times.observe(labels, seconds))
}

function countUpdates(events: Events, registry: Registry): void {
  const deliveries = new Counter({
    name: 'reelay_feed_deliveries_total',
    help: 'Changes handed to open feeds; what a feed has already is not sent again',
    registers: [registry],
  })
  const delay = new Histogram({
    name: 'reelay_feed_delay_seconds',
    help: 'From a move, by the clock of Postgres, to this process hearing of it through Redis',
    buckets: FEED_SECONDS,
    registers: [registry],
  })
  events.on('updateDelivered', ({ feeds }) => deliveries.inc(feeds))
  events.on('updateHeard', ({ movedAt }) => delay.observe(Math.max(0, Date.now() - movedAt) / 1000))
}

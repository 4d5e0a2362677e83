import type { ProgressListener } from '@reelay/queue/progress'
import { createMoveCounter } from '@reelay/telemetry/moves'
import { createUpstreamMetrics } from '@reelay/telemetry/upstream'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Feed } from '../feed/feed.ts'

export type ApiMetrics = ReturnType<typeof createApiMetrics>

const ANSWER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const FEED_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** The api's own figures. */
export function createApiMetrics(registry: Registry) {
  const registers = [registry]
  const answers = new Histogram({
    name: 'reelay_http_request_seconds',
    help: 'Time until an answer was written, by route pattern; feeds excepted',
    labelNames: ['method', 'route', 'status'],
    buckets: ANSWER_SECONDS,
    registers,
  })
  let streams = () => 0
  new Gauge({
    name: 'reelay_feed_connections',
    help: 'Open feeds',
    registers,
    collect() {
      this.set(streams())
    },
  })
  const deliveries = new Counter({
    name: 'reelay_feed_deliveries_total',
    help: 'Changes handed to open feeds; what a feed has already is not sent again',
    registers,
  })
  const delay = new Histogram({
    name: 'reelay_feed_delay_seconds',
    help: 'From a move, by the clock of Postgres, to this process hearing of it through Redis',
    buckets: FEED_SECONDS,
    registers,
  })

  return {
    registry,
    countMove: createMoveCounter(registry),
    observeUpstream: createUpstreamMetrics(registry),

    observeAnswer(labels: { method: string; route: string; status: number }, seconds: number): void {
      answers.observe(labels, seconds)
    },

    /** The same feed, whose streams and deliveries are counted. */
    observedFeed(feed: Feed): Feed {
      streams = () => feed.size().streams
      return {
        ...feed,
        join: (userId, member) =>
          feed.join(userId, {
            // A member's functions change while it listens.
            deliver(event) {
              deliveries.inc()
              member.deliver(event)
            },
            end: () => member.end(),
          }),
      }
    },

    /** The same listener, whose updates' delay is measured. */
    observedListener: (listener: ProgressListener): ProgressListener => ({
      ...listener,
      listen: (userId, onUpdate) =>
        listener.listen(userId, (update) => {
          delay.observe(Math.max(0, Date.now() - update.timestamp) / 1000)
          onUpdate(update)
        }),
    }),
  }
}

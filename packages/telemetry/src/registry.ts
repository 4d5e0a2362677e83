import { collectDefaultMetrics, Registry } from 'prom-client'

/** A process's metrics, with those of Node itself: event loop, memory, garbage collection. */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'reelay_' })
  return registry
}

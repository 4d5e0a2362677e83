import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/**
 * prom-client's own look at the event loop wakes a process a hundred times a second: most of what an idle one did. So
 * that one never looks, and `registerLag`, which tells of the turns since the last scrape, wakes nobody.
 */
const NEVER_MS = 2 ** 31 - 1
const lag = 'reelay_nodejs_eventloop_lag'

export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({
    register: registry,
    prefix: 'reelay_',
    eventLoopMonitoringPrecision: NEVER_MS,
  })
  for (const figure of ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'])
    registry.removeSingleMetric(`${lag}${figure}_seconds`)
  registerLag(registry)
  return registry
}

function registerLag(registry: Registry): void {
  const turns = monitorEventLoopDelay({ samplePerIteration: true })
  turns.enable()
  const gauge = (figure: string, help: string, collect?: () => void) =>
    new Gauge({
      name: `${lag}_${figure}_seconds`,
      help,
      registers: [registry],
      ...(collect && { collect }),
    })

  // Asked first of all, it reads for the others, too.
  const max = gauge('max', 'Longest turn of the event loop since the last scrape', () => {
    max.set(turns.max / 1e9)
    mean.set((turns.mean || 0) / 1e9)
    for (const [percent, percentile] of percentiles) percentile.set(turns.percentile(percent) / 1e9)
    turns.reset()
  })
  const mean = gauge('mean', 'Mean turn of the event loop since the last scrape')
  const percentiles = [50, 90, 99].map(
    (percent) =>
      [percent, gauge(`p${percent}`, `The longest but for ${100 - percent} % of the turns`)] as const,
  )
}

import '@reelay/db/quick-imports'
import { endOnErrors, endOnSignals } from '@reelay/telemetry/ending'

let stop: (() => Promise<void>) | undefined
endOnSignals(() => stop?.())

// What takes long to import comes after: until then a signal would not be heard.
const { exitWith, listenError, orExit } = await import('@reelay/contracts/environment')
const { createLog } = await import('@reelay/telemetry/log')
const { createRegistry } = await import('@reelay/telemetry/registry')
const { readConfig } = await import('./config.ts')
const { serveHealth } = await import('./health.ts')
const { openWorker } = await import('./worker.ts')
const { startTracing } = await import('@reelay/telemetry/tracing')

const config = orExit(readConfig)
const log = await createLog('worker', config.log)
endOnErrors(log)
const registry = createRegistry()
const baseUrls = config.upstream.registry.upstreams.map(({ baseUrl }) => baseUrl)
const tracing = await startTracing(config.tracing, { baseUrls, log })
const worker = orExit(() => openWorker(config, { log, registry, tracing }))
stop = async () => {
  await worker.stop()
  await tracing.close()
}

const { port, host, token } = config.health
if (port > 0) {
  const { isProduction } = config
  await serveHealth(
    { port, host },
    { notReady: worker.notReady, registry, guard: { token, isProduction } },
  ).catch((error) =>
    exitWith(listenError(error, { name: 'WORKER_PORT', value: port }, { name: 'WORKER_HOST', value: host })),
  )
}

worker.started.catch((error: Error) => {
  log.fatal({ reason: error.message }, 'worker not started')
  process.exit(1)
})

import { exitWith, listenError, orExit } from '@reelay/contracts/environment'
import { endOnErrors } from '@reelay/telemetry/ending'
import { createLog } from '@reelay/telemetry/log'
import { createRegistry } from '@reelay/telemetry/registry'
import { readConfig } from './config.ts'
import { serveHealth } from './health.ts'
import { runWorker } from './run-worker.ts'

const config = orExit(readConfig)
const log = await createLog('worker', config.log)
endOnErrors(log)
const registry = createRegistry()
const worker = orExit(() => runWorker(config, log, undefined, registry))
if (config.health.port > 0) {
  await serveHealth(
    { port: config.health.port, host: config.health.host },
    {
      notReady: worker.notReady,
      registry,
      guard: { token: config.health.token, isProduction: config.isProduction },
    },
  ).catch((error) =>
    exitWith(
      listenError(
        error,
        { name: 'WORKER_PORT', value: config.health.port },
        { name: 'WORKER_HOST', value: config.health.host },
      ),
    ),
  )
}

worker.keepsKeys.catch((error: Error) => {
  log.fatal({ reason: error.message }, 'worker not started')
  process.exit(1)
})

export const { stop } = worker

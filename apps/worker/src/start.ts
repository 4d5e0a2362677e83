import { exitWith, listenError, orExit } from '@reelay/contracts/environment'
import { endOnErrors } from '@reelay/telemetry/ending'
import { createLog } from '@reelay/telemetry/log'
import { createRegistry } from '@reelay/telemetry/registry'
import { readConfig } from './config.ts'
import { serveHealth } from './health.ts'
import { runWorker } from './run-worker.ts'

const config = orExit(readConfig)
const log = await createLog('worker', config)
endOnErrors(log)
const registry = createRegistry()
const worker = orExit(() => runWorker(config, log, undefined, registry))
if (config.WORKER_PORT > 0) {
  await serveHealth(
    { port: config.WORKER_PORT, host: config.WORKER_HOST },
    { notReady: worker.notReady, registry, guard: config },
  ).catch((error) =>
    exitWith(
      listenError(
        error,
        { name: 'WORKER_PORT', value: config.WORKER_PORT },
        { name: 'WORKER_HOST', value: config.WORKER_HOST },
      ),
    ),
  )
}

worker.keepsKeys.catch((error: Error) => {
  log.fatal({ reason: error.message }, 'worker not started')
  process.exit(1)
})

export const { stop } = worker

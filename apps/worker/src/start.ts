import { orExit } from '@reelay/contracts/environment'
import { createLog } from '@reelay/telemetry/log'
import { createRegistry } from '@reelay/telemetry/registry'
import { readConfig } from './config.ts'
import { serveHealth } from './health.ts'
import { runWorker } from './run-worker.ts'

const config = orExit(readConfig)
const log = await createLog('worker', config)
const registry = createRegistry()
const worker = orExit(() => runWorker(config, log, undefined, registry))
if (config.WORKER_PORT > 0) {
  await serveHealth(
    { port: config.WORKER_PORT, host: config.WORKER_HOST },
    { notReady: worker.notReady, registry, guard: config },
  )
}

worker.keepsKeys.catch((error: Error) => {
  log.fatal({ reason: error.message }, 'worker not started')
  process.exit(1)
})

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    // A second signal stops at once, which is as safe as a crash.
    if (stopping) process.exit(1)
    stopping = true
    await worker.stop()
    process.exit(0)
  })
}

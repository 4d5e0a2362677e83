import { pino } from 'pino'
import { readConfig } from './config.ts'
import { serveHealth } from './health.ts'
import { runWorker } from './run-worker.ts'

const config = readConfigOrExit()
const log = pino({ level: config.LOG_LEVEL, base: { process: 'worker', pid: process.pid } })
const worker = runWorker(config, log)
if (config.WORKER_PORT > 0) {
  await serveHealth({ port: config.WORKER_PORT, host: config.WORKER_HOST }, worker.notReady)
}

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

function readConfigOrExit() {
  try {
    return readConfig()
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}

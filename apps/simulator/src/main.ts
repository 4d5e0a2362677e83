import { readConfig } from './config.ts'
import { startSimulator } from './server.ts'

const config = readConfigOrExit()
const simulator = await startSimulator(config)
log('simulator listening', { url: simulator.url, adminUrl: simulator.adminUrl })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await simulator.close()
    process.exit(0)
  })
}

function readConfigOrExit() {
  try {
    return readConfig()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(1)
  }
}

function log(msg: string, fields: Record<string, unknown>) {
  process.stdout.write(`${JSON.stringify({ level: 30, time: Date.now(), ...fields, msg })}\n`)
}

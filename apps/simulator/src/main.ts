import { readConfig } from './config.ts'
import { startSimulator } from './server.ts'

const config = orExit(readConfig)
const simulator = await startSimulator(config).catch(({ message }: Error) =>
  exitWith(`SIMULATOR_HOST, SIMULATOR_PORT: ${message}`),
)
log('simulator listening', { url: simulator.url, adminUrl: simulator.adminUrl })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await simulator.close()
    process.exit(0)
  })
}

function orExit<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return exitWith((error as Error).message)
  }
}

function exitWith(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function log(msg: string, fields: Record<string, unknown>) {
  process.stdout.write(`${JSON.stringify({ level: 30, time: Date.now(), ...fields, msg })}\n`)
}

import { join } from 'node:path'
import { localFolder, removeFolder, throwawayFolder } from './local-folder.ts'
import { guardRun } from './processes/guard.ts'
import { runBeside } from './processes/run-beside.ts'
import { startServices } from './stores/services.ts'

/** `node run.ts -- <command> [args…]`: runs a command beside a Postgres and a Redis of its own. */
async function run(command: string[]): Promise<number> {
  if (command.length === 0)
    throw new Error('Usage: node packages/local-services/src/run.ts -- <command> [args…]')
  const dir = throwawayFolder('run')
  guardRun(dir)
  try {
    const services = await startServices({
      dir,
      fsync: false,
      onProgress: (message) => console.error(message),
    })
    const env = {
      // Each of many short processes would strip the types and compile the same files.
      NODE_COMPILE_CACHE: join(localFolder, 'compile-cache'),
      ...process.env,
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
    }
    return await runBeside(command, { run: dir, env }).finally(() => services.stop())
  } finally {
    removeFolder(dir)
  }
}

try {
  const [separator, ...command] = process.argv.slice(2)
  process.exitCode = await run(separator === '--' ? command : process.argv.slice(2))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

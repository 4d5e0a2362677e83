import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { join } from 'node:path'
import { guardProcess } from './guard.ts'
import { localFolder, removeFolder, throwawayFolder } from './local-folder.ts'
import { startServices } from './services.ts'

/** `node run.ts -- <command> [args…]`: runs a command beside a Postgres and a Redis of its own. */
async function run([file, ...args]: string[]): Promise<number> {
  if (!file) throw new Error('Usage: node packages/local-services/src/run.ts -- <command> [args…]')
  const dir = throwawayFolder('run')
  try {
    const services = await startServices({
      dir,
      fsync: false,
      onProgress: (message) => console.error(message),
    })
    const urls = { DATABASE_URL: services.databaseUrl, REDIS_URL: services.redisUrl }
    return await runBeside(file, args, urls).finally(() => services.stop())
  } finally {
    removeFolder(dir)
  }
}

// Not in a process group of its own: a command in the background could not use the terminal.
async function runBeside(file: string, args: string[], urls: Record<string, string>): Promise<number> {
  // Before the command starts: it may be stopped as soon as it speaks.
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => {
    // A terminal has sent it to the command already.
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  // Each of many short processes would strip the types and compile the same files.
  const NODE_COMPILE_CACHE = join(localFolder, 'compile-cache')
  const env = { NODE_COMPILE_CACHE, ...process.env, ...urls }
  const child = spawn(file, args, { stdio: 'inherit', env })
  guardProcess(child, 'SIGTERM')
  const [code, signal] = await once(child, 'exit')
  return code ?? 128 + constants.signals[signal as NodeJS.Signals]
}

try {
  const [separator, ...command] = process.argv.slice(2)
  process.exitCode = await run(separator === '--' ? command : process.argv.slice(2))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

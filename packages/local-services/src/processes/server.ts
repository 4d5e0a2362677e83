import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type GuardedSpawnOptions, guardedSpawn, stopProcess } from './guard.ts'
import { childrenOf } from './process-identity.ts'

const READY_WITHIN_MS = 180_000

export interface Server {
  pid: number
  /** Stops it where it stands, with all its children; it keeps its connections and answers nothing. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export interface ServerOptions extends GuardedSpawnOptions {
  name: string
  logFile: string
  stopSignal: NodeJS.Signals
  isReady(pid: number): boolean | Promise<boolean>
}

/** Starts a server that logs to a file and waits until it is ready; its log explains a failure. */
export async function startServer(
  command: string[],
  { name, logFile, isReady, ...options }: ServerOptions,
): Promise<Server> {
  const log = openSync(logFile, 'w')
  const [file = '', ...args] = command
  const child = guardedSpawn(file, args, { ...options, stdio: ['ignore', log, log] })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw (await once(child, 'error'))[0]
  child.unref()

  // The server first, so that no child is born meanwhile.
  const signalFamily = (signal: NodeJS.Signals) => {
    send(pid, signal)
    for (const each of childrenOf(pid)) send(each, signal)
  }
  const freeze = () => signalFamily('SIGSTOP')
  const thaw = () => signalFamily('SIGCONT')
  const stop = () => {
    thaw()
    return stopProcess(child, { signal: options.stopSignal })
  }
  const deadline = Date.now() + READY_WITHIN_MS
  try {
    while (!(await isReady(pid))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended')
      if (Date.now() > deadline) throw new Error(`it was not ready within ${READY_WITHIN_MS / 1000} s`)
      await sleep(20)
    }
    return { pid, freeze, thaw, stop }
  } catch (error) {
    await stop()
    throw new Error(`${name} did not start: ${(error as Error).message} (${logFile})\n${tail(logFile)}`)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n')
}

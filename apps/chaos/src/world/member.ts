import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { guardedSpawn } from '@reelay/local-services/processes/guard'

export type Member = ReturnType<typeof createMember>

/**
 * `args` are what node runs: its own options, then the file. The command begins with `enter`, to run in another
 * place. `onExit` is told of every end, and whether somebody here asked for it.
 */
export type MemberOptions = {
  name: string
  args: string[]
  enter?: string[] | undefined
  env: NodeJS.ProcessEnv
  logFile: string
  onExit: (end: string, wanted: boolean) => void
}

/** One process of the system that can be killed, frozen and started again, any number of times. */
export function createMember({ name, args, enter = [], env, logFile, onExit }: MemberOptions) {
  let child: ChildProcess | undefined
  let isWanted = false

  function start(): void {
    const log = openSync(logFile, 'a')
    const [command = process.execPath, ...before] = [...enter, process.execPath]
    const started = guardedSpawn(command, [...before, ...args], { env, stdio: ['ignore', log, log] })
    closeSync(log)
    isWanted = false
    started.once('exit', (code, signal) => onExit(`${signal ?? code}`, isWanted))
    child = started
  }

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null

  start()
  return {
    name,
    logFile,
    pid: () => child?.pid as number,
    isRunning,
    start,

    /** Ends it and waits until it is gone; a frozen one, too. Returns its exit code, or null for a signal. */
    async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<number | null> {
      if (!child || !isRunning()) return null
      isWanted = true
      const exited = once(child, 'exit')
      child.kill('SIGCONT')
      child.kill(signal)
      const [code] = await exited
      return code
    },

    signal: (signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2' | 'SIGTERM') => isRunning() && child?.kill(signal),
  }
}

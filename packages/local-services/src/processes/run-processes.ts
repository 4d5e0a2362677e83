import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentOf } from './process-identity.ts'

/** The variable by which everything that a run starts, and what that starts, knows the run's folder. */
export const RUN_VARIABLE = 'REELAY_RUN'

export const failureFile = (run: string) => join(run, 'failed')

const GRACE_MS = 8_000

/** Ends whatever still belongs to a run, however deep it was started and whoever has it now. */
export async function endProcessesOf(run: string): Promise<void> {
  for (const pid of processesOf(run)) send(pid, 'SIGTERM')
  const deadline = Date.now() + GRACE_MS
  while (processesOf(run).length > 0) {
    if (Date.now() > deadline) for (const pid of processesOf(run)) send(pid, 'SIGKILL')
    await sleep(50)
  }
}

function processesOf(run: string): number[] {
  if (process.platform !== 'linux') return processesByPs(`${RUN_VARIABLE}=${run}`)
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => environmentOf(pid)[RUN_VARIABLE] === run)
}

function processesByPs(mark: string): number[] {
  const lines = execFileSync('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], { encoding: 'utf8' }).split(
    '\n',
  )
  return lines.filter((line) => line.split(' ').includes(mark)).map((line) => Number.parseInt(line, 10))
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}

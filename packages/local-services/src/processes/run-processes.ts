import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentOf, pidsInProc } from './process-identity.ts'

/** The variable by which everything that a run starts, and what that starts, knows the run's folder. */
export const RUN_VARIABLE = 'REELAY_RUN'

export const failureFile = (run: string) => join(run, 'failed')

const GRACE_MS = 8_000
const BECOMES_WITHIN_MS = 2_000

/** Ends whatever still belongs to a run, however deep it was started and whoever has it now. */
export async function endProcessesOf(run: string): Promise<void> {
  const startedAt = Date.now()
  const asked = new Set<number>()
  for (;;) {
    const { members, isSure } = processesOf(run)
    const afterMs = Date.now() - startedAt
    if (members.length === 0 && (isSure || afterMs > BECOMES_WITHIN_MS)) return
    for (const pid of members) {
      if (afterMs > GRACE_MS) send(pid, 'SIGKILL')
      else if (!asked.has(pid)) send(pid, 'SIGTERM')
      asked.add(pid)
    }
    await sleep(50)
  }
}

function processesOf(run: string): { members: number[]; isSure: boolean } {
  if (process.platform !== 'linux') return { members: processesByPs(`${RUN_VARIABLE}=${run}`), isSure: true }
  const found = pidsInProc().map((pid) => ({ pid, environment: environmentOf(pid) }))
  const members = found.filter(({ environment }) => environment?.[RUN_VARIABLE] === run)
  return { members: members.map(({ pid }) => pid), isSure: found.every(({ environment }) => environment) }
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

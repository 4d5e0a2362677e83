import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentOf, identify, pidsInProc } from './process-identity.ts'

/** The variable by which everything that a run starts, and what that starts, knows the run's folder. */
export const RUN_VARIABLE = 'REELAY_RUN'

export const failureFile = (run: string) => join(run, 'failed')

const GRACE_MS = 8_000
/** So often is looked at a process that may be becoming another program, which hides whose it is. */
const LOOKS_IN_DOUBT = 20

/** Ends whatever still belongs to a run, however deep it was started and whoever has it now. */
export async function endProcessesOf(run: string): Promise<void> {
  const startedAt = Date.now()
  const asked = new Set<number>()
  const looks = new Map<string, number>()
  for (;;) {
    const { members, doubtful } = processesOf(run)
    const afterMs = Date.now() - startedAt
    for (const name of doubtful) looks.set(name, (looks.get(name) ?? 0) + 1)
    if (members.length === 0 && !doubtful.some((name) => (looks.get(name) ?? 0) < LOOKS_IN_DOUBT)) return
    for (const pid of members) {
      if (afterMs > GRACE_MS) send(pid, 'SIGKILL')
      else if (!asked.has(pid)) send(pid, 'SIGTERM')
      asked.add(pid)
    }
    await sleep(50)
  }
}

function processesOf(run: string): { members: number[]; doubtful: string[] } {
  if (process.platform !== 'linux') return { members: processesByPs(`${RUN_VARIABLE}=${run}`), doubtful: [] }
  const found = pidsInProc().map((pid) => ({ pid, environment: environmentOf(pid) }))
  const members = found.filter(({ environment }) => environment?.[RUN_VARIABLE] === run)
  const hidden = found.filter(({ environment }) => environment === undefined)
  return {
    members: members.map(({ pid }) => pid),
    doubtful: hidden.flatMap(({ pid }) => identify(pid) ?? []),
  }
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

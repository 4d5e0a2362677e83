import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Names a living process so that a later owner of its pid is not taken for it; undefined once it is gone. */
export function identify(pid: number): string | undefined {
  return process.platform === 'linux' ? identifyByStartTime(pid) : identifyByPid(pid)
}

/** The processes that a process has started itself and that still run. */
export function childrenOf(parent: number): number[] {
  return process.platform === 'linux' ? childrenInProc(parent) : childrenByPgrep(parent)
}

function identifyByStartTime(pid: number): string | undefined {
  const { state, startTime } = statOf(pid) ?? {}
  return state === undefined || state === 'Z' || state === 'X' ? undefined : `${pid} ${startTime}`
}

function childrenInProc(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => Number(statOf(pid)?.parent) === parent)
}

function childrenByPgrep(parent: number): number[] {
  try {
    const pids = execFileSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' })
    return pids.trim().split('\n').map(Number)
  } catch {
    return []
  }
}

function statOf(pid: number) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], parent: fields[1], startTime: fields[19] }
  } catch {
    return undefined
  }
}

function identifyByPid(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return String(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? String(pid) : undefined
  }
}

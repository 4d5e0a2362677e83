import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Names a living process so that a later owner of its pid is not taken for it; undefined once it is gone. */
export function identify(pid: number): string | undefined {
  return process.platform === 'linux' ? identifyByStartTime(pid) : identifyByPid(pid)
}

export function parentOf(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid
  const parent = process.platform === 'linux' ? statOf(pid)?.parent : askPs(pid, 'ppid=')
  return Number(parent) || undefined
}

export function commandOf(pid: number): string {
  return process.platform === 'linux'
    ? readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
    : askPs(pid, 'command=')
}

/**
 * The environment that a process began with, undefined while it is becoming another program and says nothing of itself.
 * Empty for processes of others. Elsewhere than on Linux nobody is told.
 */
export function environmentOf(pid: number): NodeJS.ProcessEnv | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return {}
  }
  return text === '' && mayHaveEnvironment(pid) ? undefined : parseEnvironment(text)
}

/** A process without memory is dead or the kernel's own; one that began with none has it between equal addresses. */
function mayHaveEnvironment(pid: number): boolean {
  const { memory, environment } = statOf(pid) ?? {}
  const hasNone = environment?.end !== '0' && environment?.start === environment?.end
  return Number(memory) > 0 && !hasNone
}

export function pidsInProc(): number[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return names.map(Number)
}

export function childrenOf(parent: number): number[] {
  return process.platform === 'linux' ? childrenInProc(parent) : childrenByPgrep(parent)
}

function parseEnvironment(text: string): NodeJS.ProcessEnv {
  const lines = text.split('\0')
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]))
}

function identifyByStartTime(pid: number): string | undefined {
  const { state, startTime } = statOf(pid) ?? {}
  return state === undefined || state === 'Z' || state === 'X' ? undefined : `${pid} ${startTime}`
}

function childrenInProc(parent: number): number[] {
  return pidsInProc().filter((pid) => Number(statOf(pid)?.parent) === parent)
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
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === '') return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const environment = { start: fields[47], end: fields[48] }
  return { state: fields[0], parent: fields[1], startTime: fields[19], memory: fields[20], environment }
}

function askPs(pid: number, field: string): string {
  try {
    return execFileSync('ps', ['-ww', '-o', field, '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
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

import { readFileSync } from 'node:fs'

/** Names a living process so that a later owner of its pid is not taken for it; undefined once it is gone. */
export function identify(pid: number): string | undefined {
  return process.platform === 'linux' ? identifyByStartTime(pid) : identifyByPid(pid)
}

function identifyByStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTime] = [fields[0], fields[19]]
    return state === 'Z' || state === 'X' ? undefined : `${pid} ${startTime}`
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

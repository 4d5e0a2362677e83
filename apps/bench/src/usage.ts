import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10

export type Usage = { cpuMs: number; rssMiB: number }

/** Reads /proc. Postgres has a process for each connection, so its children count, too, and those that ended. */
export function usageOf(pid: number): Usage {
  const family = [pid, ...childrenOf(pid)].flatMap((each) => statOf(each) ?? [])
  const [self] = family
  return {
    cpuMs: family.reduce((sum, { cpuMs }) => sum + cpuMs, self?.endedChildrenMs ?? 0),
    rssMiB: self?.rssMiB ?? Number.NaN,
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.parent === parent)
}

type Stat = Usage & { parent: number; endedChildrenMs: number }

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const numbers = fields.map(Number) as [number, number, ...number[]]
    const [user = 0, system = 0, ofChildren = 0, ofChildrenSystem = 0] = numbers.slice(11, 15)
    const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    return {
      parent: numbers[1],
      cpuMs: (user + system) * TICK_MS,
      endedChildrenMs: (ofChildren + ofChildrenSystem) * TICK_MS,
      rssMiB: rssKiB / 1024,
    }
  } catch {
    return undefined
  }
}

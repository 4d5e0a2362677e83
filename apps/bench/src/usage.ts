import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10

export type Usage = { cpuMs: number; rssMiB: number }

/** Reads /proc. Postgres has a process for each connection, so its children count, too. */
export function usageOf(pid: number): Usage {
  const family = [pid, ...childrenOf(pid)].flatMap((each) => statOf(each) ?? [])
  return {
    cpuMs: family.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssMiB: family[0]?.rssMiB ?? Number.NaN,
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.parent === parent)
}

function statOf(pid: number): (Usage & { parent: number }) | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number) as [number, number, number]
    const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    return { parent, cpuMs: (user + system) * TICK_MS, rssMiB: rssKiB / 1024 }
  } catch {
    return undefined
  }
}

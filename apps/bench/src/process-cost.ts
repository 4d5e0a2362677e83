import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export type Server = { pid: number; port: number; child: ChildProcess }

const COLLECT = 'globalThis.gc({type:"major",execution:"sync",flavor:"last-resort"})'
const COLLECTING = `data:text/javascript,process.on("SIGUSR2",()=>process.send(${COLLECT}??"collected"))`
const COLLECTED_WITHIN_MS = 60_000
/** Less than a tenth of a KiB for each of the connections that are measured. */
const SETTLED_KIB = 512

/** Makes a Node process collect garbage when asked, so that memory is what is held and not what was used. */
export const collectsGarbage = ['--expose-gc', '--import', COLLECTING]

/**
 * Resident memory in KiB, when collecting garbage gives no more of it back. One collection doesn't tell: what it frees
 * is given back some time after, the later the busier the machine.
 */
export async function memoryOf({ pid, child }: Server): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (;;) {
    const collected = once(child, 'message', { signal: AbortSignal.timeout(COLLECTED_WITHIN_MS) })
    process.kill(pid, 'SIGUSR2')
    await collected
    await sleep(700)
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    if (resident > least - SETTLED_KIB) return Math.min(resident, least)
    least = resident
  }
}

export function cpuOf({ pid }: Server): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

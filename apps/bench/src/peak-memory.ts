import { readFileSync, writeFileSync } from 'node:fs'

/** Starts to watch the resident memory of a process; returns what tells by how many MiB it grew at most since then. */
export function watchGrowth(pid: number): () => number {
  // Linux forgets the highest so far, see proc(5).
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const before = memoryOf(pid, 'VmRSS')
  return () => memoryOf(pid, 'VmHWM') - before
}

function memoryOf(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
}

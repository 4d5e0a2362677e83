import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeFolder } from '../local-folder.ts'
import { identify } from './process-identity.ts'
import { endProcessesOf } from './run-processes.ts'

const GRACE_MS = 8_000

const watched = new Map<number, { identity: string; signal: NodeJS.Signals }>()
const folders = new Set<string>()
const runs = new Set<string>()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

for await (const line of createInterface({ input: process.stdin })) follow(line)
await endAll()
for (const run of runs) await endProcessesOf(run)
for (const folder of folders) removeFolder(folder)

function follow(line: string): void {
  const [what, rest] = [line[0], line.slice(1)]
  if (what === '+') watch(rest)
  else if (what === '-') watched.delete(Number(rest))
  else if (what === 'f') folders.add(rest)
  else if (what === 'r') runs.add(rest)
}

function watch(line: string): void {
  const [pid, signal] = line.split(' ')
  const identity = identify(Number(pid))
  if (identity) watched.set(Number(pid), { identity, signal: signal as NodeJS.Signals })
}

async function endAll(): Promise<void> {
  for (const [pid, { signal }] of alive()) send(pid, signal)
  const deadline = Date.now() + GRACE_MS
  while (alive().length > 0 && Date.now() < deadline) await sleep(25)
  for (const [pid] of alive()) send(pid, 'SIGKILL')
}

function alive() {
  return [...watched].filter(([pid, { identity }]) => identify(pid) === identity)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}

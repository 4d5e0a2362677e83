import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify } from './process-identity.ts'

const GRACE_MS = 8_000

const watched = new Map<number, { identity: string; signal: NodeJS.Signals }>()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

for await (const line of createInterface({ input: process.stdin })) follow(line)
await endAll()

function follow(line: string): void {
  const [pid, signal] = line.slice(1).split(' ')
  const identity = identify(Number(pid))
  if (line.startsWith('-')) watched.delete(Number(pid))
  else if (identity) watched.set(Number(pid), { identity, signal: signal as NodeJS.Signals })
}

async function endAll(): Promise<void> {
  for (const [pid, { signal }] of alive()) process.kill(pid, signal)
  const deadline = Date.now() + GRACE_MS
  while (alive().length > 0 && Date.now() < deadline) await sleep(25)
  for (const [pid] of alive()) process.kill(pid, 'SIGKILL')
}

function alive() {
  return [...watched].filter(([pid, { identity }]) => identify(pid) === identity)
}

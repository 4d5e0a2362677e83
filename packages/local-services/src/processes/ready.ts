import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

const READY_WITHIN_MS = 180_000

type ReadyOptions = {
  log: string
  withinMs?: number
}

export async function untilReady(
  url: string,
  child: ChildProcess,
  { log, withinMs = READY_WITHIN_MS }: ReadyOptions,
): Promise<void> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < withinMs) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`a process ended at its start, see ${log}`)
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(50)
  }
  throw new Error(`${url} was not ready within ${withinMs / 1000} s, see ${log}`)
}

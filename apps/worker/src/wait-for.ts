import { setTimeout as sleep } from 'node:timers/promises'
import { loggableReason } from '@reelay/db/errors'
import type { Logger } from 'pino'

export type WaitForDeps = {
  /** What has not been reached yet, by name. */
  waitingFor: Set<string>
  /** Ends the waiting. */
  signal: AbortSignal
  log: Logger
}

/** Waits for something that a worker can't do without, ever more patiently, and says where it was looked for. */
export function createWaitFor({ waitingFor, signal, log }: WaitForDeps) {
  return async (name: string, tried: string, probe: () => Promise<unknown>): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await probe()
        waitingFor.delete(name)
        return
      } catch (error) {
        log.warn({ tried, reason: loggableReason(error) }, `${name} unavailable`)
        await sleep(Math.min(5000, 250 * 2 ** failures), undefined, { signal }).catch(() => {})
      }
    }
  }
}

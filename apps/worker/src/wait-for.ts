import { setTimeout as sleep } from 'node:timers/promises'
import { loggableReason } from '@reelay/db/errors'
import type { Logger } from 'pino'

/** Waits for what a worker can't do without, at growing intervals, until `signal` ends it. */
export function createWaitFor({ signal, log }: { signal: AbortSignal; log: Logger }) {
  const names = new Set<string>()

  return {
    waitingFor: () => [...names],

    async waitFor(name: string, tried: string, probe: () => Promise<unknown>): Promise<void> {
      names.add(name)
      for (let failures = 0; !signal.aborted; failures += 1) {
        try {
          await probe()
          names.delete(name)
          return
        } catch (error) {
          log.warn({ tried, reason: loggableReason(error) }, `${name} unavailable`)
          await sleep(Math.min(5000, 250 * 2 ** failures), undefined, { signal }).catch(() => {})
        }
      }
    },
  }
}

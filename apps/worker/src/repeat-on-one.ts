import { loggableReason } from '@reelay/db/errors'
import { sampledWarning } from '@reelay/queue/connection'
import type { Logger } from 'pino'

export type Repeated = {
  /** Only one worker does it at a time: `take` gets or keeps the right to it for one `intervalMs`. */
  lease: { take: () => Promise<boolean>; giveBack: () => Promise<void> }
  intervalMs: number
  log: Logger
}

/** A failed pass is tried again soon; a store that is away for long is no news. */
const COMPLAIN_EVERY_MS = 30_000

/**
 * Does something again and again on one of all workers. `pass` says whether it was this one's turn. A worker that did not
 * do it, because another does or because it failed, tries again ten times as often: so it waits for little more than one
 * interval when one dies.
 */
export function repeatOnOne(
  name: string,
  { lease, intervalMs, log }: Repeated,
  pass: () => Promise<boolean>,
): { stop: () => Promise<void> } {
  const complain = sampledWarning(log, `${name} not finished`, COMPLAIN_EVERY_MS)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running = tick()

  async function tick(): Promise<void> {
    let nextMs = intervalMs / 10
    try {
      if (await pass()) nextMs = intervalMs
    } catch (error) {
      complain(new Error(loggableReason(error)))
      // Another worker may reach what this one doesn't.
      await lease.giveBack().catch(() => {})
    }
    if (stopped) return
    timer = setTimeout(() => {
      running = tick()
    }, nextMs)
  }

  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
      await lease.giveBack().catch(() => {})
    },
  }
}

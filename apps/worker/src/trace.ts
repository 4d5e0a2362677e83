import { AsyncLocalStorage } from 'node:async_hooks'
import type { Origin } from '@reelay/queue/queues'

export type Trace = ReturnType<typeof createTrace>

/** Which HTTP request the step that is running goes back to, for log lines and for the jobs that it adds. */
export function createTrace() {
  const storage = new AsyncLocalStorage<Origin>()
  return {
    run: <T>(origin: Origin, work: () => T): T => storage.run(origin, work),
    origin: (): Origin => storage.getStore() ?? {},
    requestId: () => storage.getStore()?.requestId,
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'

export type Trace = ReturnType<typeof createTrace>

/** Which HTTP request the step that is running goes back to, for log lines and for the jobs that it adds. */
export function createTrace() {
  const storage = new AsyncLocalStorage<string | undefined>()
  return {
    run: <T>(requestId: string | undefined, work: () => T): T => storage.run(requestId, work),
    requestId: () => storage.getStore(),
  }
}

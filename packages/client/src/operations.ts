import type { DoubtfulSubmissions, FoundTasks, QueueReports } from '@reelay/contracts/operations'
import type { UpstreamReport } from '@reelay/contracts/upstreams'
import type { Call, CallOptions } from './call.ts'

/** What operators ask for; with the token of an ADMIN. */
export function createOperations(call: Call) {
  return {
    upstreams: async (options?: CallOptions) =>
      (await call<{ upstreams: UpstreamReport[] }>('GET', '/api/admin/upstreams', options)).upstreams,

    /** Not tried again: that Redis is away is what an operator wants to hear at once. */
    queues: (options?: CallOptions) =>
      call<QueueReports>('GET', '/api/admin/queues', { ...options, repeatable: false }),

    inDoubt: (options?: CallOptions) => call<DoubtfulSubmissions>('GET', '/api/admin/in-doubt', options),

    /** Tasks by any id as a whole: ours, upstream's, the client's, a job's, a user's or the user's name. */
    findTasks: (id: string, options?: CallOptions) =>
      call<FoundTasks>('GET', `/api/admin/tasks/search?${new URLSearchParams({ id })}`, options),
  }
}

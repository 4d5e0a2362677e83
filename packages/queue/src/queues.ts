import { idOf, type QueueName, queueNames, type Work } from '@reelay/contracts/jobs'
import type { Redis } from 'ioredis'
import { createEnqueue, type Origin } from './enqueue.ts'
import { createEnqueueMissing } from './enqueue-missing.ts'
import { queueFigures } from './figures.ts'
import { glance } from './glance.ts'
import { inTime } from './in-time.ts'
import { createJobReports } from './job-report.ts'
import type { Attempt } from './missing-jobs.ts'
import { openQueues } from './open-queues.ts'
import { pause } from './pause.ts'

export type { Attempt, Origin }

export type QueuesOptions = {
  connection: Redis
  prefix: string
  origin?: () => Origin
}

export type Queues = ReturnType<typeof createQueues>

/** Every key of ours shares one hash tag, so that Redis Cluster stays possible. */
export function keyPrefix(prefix: string): string {
  return `{${prefix}}`
}

/**
 * Job ids are deterministic, so enqueuing twice is harmless, and a rejected add is
 * unknown rather than failed: the sweep adds what is missing.
 */
export function createQueues({ connection, prefix, origin = () => ({}) }: QueuesOptions) {
  const { queues, close } = openQueues({ connection, prefix: keyPrefix(prefix) })
  const enqueue = createEnqueue(connection, queues, origin)
  const enqueueMissing = createEnqueueMissing(connection, queues, enqueue)

  return {
    /** Pauses a queue for all its workers, and never shortens a pause. It ends by itself, even when the pauser dies. */
    pause: (name: QueueName, ms: number): Promise<void> => pause(queues[name], connection, ms),

    /**
     * `position` is the task's place among those of its user that wait: all first ones go before all second
     * ones, so that nobody's thousand hold up another's one.
     */
    enqueueSubmit: enqueue.submit,

    enqueueReconcile: enqueue.reconcile,

    enqueuePoll: enqueue.poll,

    enqueueArchive: enqueue.archive,

    enqueueMissing: enqueueMissing.attempts,

    enqueueMissingLanes: enqueueMissing.lanes,

    state: (name: QueueName, work: Work) => inTime(connection, queues[name].getJobState(idOf(work))),

    report: createJobReports(connection, queues),

    remove: (name: QueueName, work: Work) => queues[name].remove(idOf(work)),

    opened: () => Object.values(queues),

    glances: () => inTime(connection, Promise.all(queueNames.map((name) => glance(name, queues[name])))),

    figures: () => inTime(connection, Promise.all(Object.values(queues).map(queueFigures))),

    close,
  }
}

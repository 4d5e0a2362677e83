import { EventEmitter } from 'node:events'
import type { QueueName } from '@reelay/contracts/jobs'
import type { TaskState } from '@reelay/contracts/task'

export type Events = EventEmitter<{
  taskMoved: [Pick<TaskState, 'status' | 'errorCode'>]
  upstreamCalled: [{ operation: string; outcome: string; seconds: number }]
  jobStarted: [{ queue: QueueName; jobId: string }]
  stepEnded: [{ queue: QueueName; outcome: 'done' | 'snooze' | 'pause' | 'error' | 'not_understood' }]
  /** `until` is in ms since 1970. */
  jobDelayed: [{ queue: QueueName; jobId: string; until: number }]
  queueTroubled: [{ queue: QueueName }]
  /** How many jobs each queue missed. */
  swept: [Record<QueueName, number>]
  requestAnswered: [{ method: string; route: string; status: number; seconds: number }]
  /** An update came through Redis; `movedAt` is in ms since 1970, by the clock of Postgres. */
  updateHeard: [{ movedAt: number }]
  /** An update was handed to so many open feeds. */
  updateDelivered: [{ feeds: number }]
}>

/**
 * What a process says of its work while it does it, in names and numbers: no prompt, no key. Its metrics listen. One
 * object a process rather than channels that Node shares, since tests run several processes' worth in one.
 */
export function createEvents(): Events {
  return new EventEmitter()
}

import { EventEmitter } from 'node:events'
import type { CredentialId } from '@reelay/contracts/credential'
import type { QueueName } from '@reelay/contracts/jobs'
import type { TaskState } from '@reelay/contracts/task'

export type Events = EventEmitter<{
  taskMoved: [Pick<TaskState, 'status' | 'errorCode'>]
  upstreamCalled: [{ credential: CredentialId; operation: string; outcome: string; seconds: number }]
  /** Upstream has a video again of which it had said that there is none. */
  videoFoundAgain: [{ credential: CredentialId }]
  clipArchived: [
    {
      credential: CredentialId
      outcome: 'stored' | 'missing' | 'there_again' | 'trouble' | 'interrupted' | 'lost'
    },
  ]
  storeChecked: [{ isWritable: boolean }]
  mediaSwept: [{ expired: number; unfinished: number; orphans: number }]
  jobStarted: [{ queue: QueueName; jobId: string }]
  stepEnded: [{ queue: QueueName; outcome: 'done' | 'snooze' | 'pause' | 'error' | 'not_understood' }]
  jobDelayed: [{ queue: QueueName; jobId: string; until: number }]
  queueTroubled: [{ queue: QueueName }]
  swept: [Record<QueueName, number>]
  /** How many lanes had tasks and no job. */
  lanesAdded: [number]
  requestEnded: [{ method: string; route: string; status: number; seconds: number }]
  updateHeard: [{ movedAt: number }]
  updateDelivered: [{ feeds: number }]
}>

/**
 * What a process says of its work while it does it, in names and numbers: no prompt, no key. Its metrics listen. One
 * object a process rather than channels that Node shares, since tests run several processes' worth in one.
 */
export function createEvents(): Events {
  return new EventEmitter()
}

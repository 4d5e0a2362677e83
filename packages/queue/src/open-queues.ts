import type { AnyPayload, QueueName } from '@reelay/contracts/jobs'
import { Queue, type QueueOptions } from 'bullmq'
import { byQueue } from './by-queue.ts'

export type OpenQueues = ReturnType<typeof openQueues>['queues']

/** A kept job would block its id, and the row is the record: nothing stays behind. */
const defaultJobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true }
const REOPEN_MS = 500

/** Opens BullMQ's queues. One whose first words with Redis failed stays broken for ever, so it is opened anew. */
export function openQueues(where: Pick<QueueOptions, 'connection' | 'prefix'>) {
  const options = { ...where, defaultJobOptions, streams: { events: { maxLen: 100 } } }
  let closing = false
  const queues = byQueue(open)

  function open(name: QueueName): Queue<AnyPayload> {
    const queue = new Queue<AnyPayload>(name, options)
    queue.on('error', () => {})
    queue.waitUntilReady().catch(() => {
      queue.close().catch(() => {})
      const reopen = () => closing || Object.assign(queues, { [name]: open(name) })
      setTimeout(reopen, REOPEN_MS).unref()
    })
    return queue
  }

  return {
    queues,
    async close(): Promise<void> {
      closing = true
      await Promise.all(Object.values(queues).map((queue) => queue.close().catch(() => {})))
    },
  }
}

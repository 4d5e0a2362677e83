import type { QueueName } from '@reelay/contracts/jobs'

export const homePath = '/admin'

/** An operator's page of a task, whosever it is. */
export function taskPath(videoId: string): string {
  return `${homePath}/tasks/${encodeURIComponent(videoId)}`
}

/** Bull Board, which is no page of the studio and has its own sign-in. */
export const boardAddress = '/admin/queues'

/** A job on the board, whose id may have a slash. */
export function jobAddress(queue: QueueName, id: string): string {
  return `${boardAddress}/queue/${queue}/${encodeURIComponent(id)}`
}

/** All that is known of a task, for programs and the curious; with the board's sign-in. */
export function taskAddress(videoId: string): string {
  return `/admin/tasks/${encodeURIComponent(videoId)}`
}

import type { Task } from '@reelay/client/client'
import { snow } from '@reelay/contracts/examples'

/** A task that was made in a given minute. */
export function aTask(videoId: string, minute: number, more: Partial<Task> = {}): Task {
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  return { ...(snow as unknown as Task), videoId: videoId as Task['videoId'], createdAt, version: 1, ...more }
}

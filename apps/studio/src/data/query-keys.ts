import type { TaskStatus } from '@reelay/contracts/lifecycle'

/** All that is known of one task is below its own key. */
export const taskKeys = {
  lists: ['tasks'],
  list: (status?: TaskStatus) => ['tasks', status ?? null],
  statusOf: (key: readonly unknown[]) => (key[1] ?? undefined) as TaskStatus | undefined,
  one: (videoId: string) => ['task', videoId],
  /** What else the api tells of a task, such as its timeline. */
  more: (videoId: string, what: string) => ['task', videoId, what],
}

export const apiKeysKey = ['api-keys']

import type { Tasks } from '@reelay/db/tasks'
import { RelayError } from './errors.ts'

export type UnfinishedLimitDeps = {
  tasks: Pick<Tasks, 'unfinishedOf'>
  maxUnfinished: number | undefined
}

const MOST_SHOWN = 20

/**
 * The error that says what is running, when a user may not have one more. Two requests at the same moment may
 * both find room.
 */
export async function whyNotOneMore(
  user: string,
  { tasks, maxUnfinished: limit }: UnfinishedLimitDeps,
): Promise<RelayError | undefined> {
  if (limit === undefined) return undefined
  const running = await tasks.unfinishedOf(user, limit)
  if (running.length < limit) return undefined
  return new RelayError('too_many_unfinished', { limit, running: running.slice(0, MOST_SHOWN) })
}

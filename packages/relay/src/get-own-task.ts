import { VideoId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import { RelayError } from './errors.ts'

export type Named = { user: string; videoId: string }

export type GetOwnTaskDeps = { tasks: Pick<Tasks, 'findOwn'> }

/** The named task. Another user's, a made-up and an impossible name are all the same `task_not_found`. */
export async function getOwnTask({ user, videoId }: Named, { tasks }: GetOwnTaskDeps): Promise<TaskRow> {
  const name = VideoId.safeParse(videoId).data
  const task = name && (await tasks.findOwn(user, name))
  if (!task) throw new RelayError('task_not_found')
  return task
}

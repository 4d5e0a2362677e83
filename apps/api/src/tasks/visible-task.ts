import { VideoId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { UserRepository } from '@reelay/db/user-repository'
import type { TokenClaims } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'

export type VisibleTaskDeps = {
  tasks: Pick<Tasks, 'find' | 'findOwn'>
  users: Pick<UserRepository, 'find'>
}

/** The named task if it is the caller's own; for somebody who is an ADMIN now anybody's, be it deleted. */
export async function visibleTask(
  { user, params }: { user: TokenClaims; params: { videoId: string } },
  { tasks, users }: VisibleTaskDeps,
): Promise<TaskRow> {
  const task = await find(VideoId.safeParse(params.videoId).data)
  if (!task) throw new ApiError('task_not_found')
  return task

  async function find(videoId: VideoId | undefined): Promise<TaskRow | undefined> {
    if (!videoId) return undefined
    const own = await tasks.findOwn(user.sub, videoId)
    if (own || user.role !== 'ADMIN') return own
    const isAdmin = (await users.find(user.sub))?.role === 'ADMIN'
    return isAdmin ? tasks.find(videoId) : undefined
  }
}

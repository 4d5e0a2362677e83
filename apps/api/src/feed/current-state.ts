import { VideoId } from '@reelay/contracts/task'
import type { Tasks } from '@reelay/db/tasks'
import { ApiError } from '../http/errors.ts'
import type { Presenter } from '../tasks/present.ts'
import { type FeedEvent, feedEvent } from './event.ts'
import type { Feed } from './feed.ts'

export type CurrentStateDeps = { feed: Feed; tasks: Tasks; present: Presenter }

/** All tasks or one, and the time (ms) of the last change that the client has seen. */
export type FeedRequest = { videoId: string | undefined; seenUpTo: number | undefined }

const RESUME_MARGIN_MS = 2 * 60_000

export async function readCurrentState(
  userId: string,
  { videoId, seenUpTo }: FeedRequest,
  { feed, tasks, present }: CurrentStateDeps,
): Promise<FeedEvent[]> {
  if (videoId === undefined) {
    const since = seenUpTo === undefined ? undefined : seenUpTo - RESUME_MARGIN_MS
    const known = await feed.snapshots.read(userId, since)
    if (!known) throw new ApiError('unauthorized')
    return known
  }
  const id = VideoId.safeParse(videoId)
  const task = id.success ? await tasks.findOwn(userId, id.data) : undefined
  if (!task) throw new ApiError('task_not_found')
  return [feedEvent(present.update(task))]
}

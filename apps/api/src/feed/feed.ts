import type { Tasks } from '@reelay/db/tasks'
import { type AudiencesDeps, createAudiences } from './audiences.ts'
import { type CatchUpDeps, startCatchingUp } from './catch-up.ts'
import { createConnectionLimit } from './connection-limit.ts'
import { createHeartbeats, type FeedTimes } from './heartbeats.ts'
import { type KeyWatchDeps, watchKeys } from './key-watch.ts'
import { createFeedSnapshots } from './snapshots.ts'

export type Feed = ReturnType<typeof createFeed>

export type FeedDeps = CatchUpDeps &
  AudiencesDeps &
  KeyWatchDeps & {
    tasks: Tasks
    times: FeedTimes
    limits: { perUser: number; perProcess: number }
  }

const CLOSE_OVER_MS = 2000

/**
 * Every live feed of this process. Pub/sub only makes it faster: what ended is also asked of Postgres, so that no
 * ending depends on Redis.
 */
export function createFeed(deps: FeedDeps) {
  const { join, tell, end, userIds } = createAudiences(deps)
  const heartbeats = createHeartbeats(deps.times)
  const keyWatch = watchKeys(deps, heartbeats)
  const catchUp = startCatchingUp(deps, {
    userIds,
    onChange: (row) => tell(row.userId, deps.present.update(row)),
    onGone: end,
  })

  return {
    connections: createConnectionLimit(deps.limits),
    snapshots: createFeedSnapshots(deps),
    attend: heartbeats.attend,
    join,
    size: heartbeats.size,

    /** Ends all streams in slices. Who comes meanwhile is told to come back. */
    async close(): Promise<void> {
      catchUp.close()
      keyWatch.close()
      await heartbeats.close(CLOSE_OVER_MS)
    },
  }
}

import type { TaskUpdate } from '@reelay/contracts/task-update'
import type { Tasks } from '@reelay/db/tasks'
import type { Events } from '@reelay/telemetry/events'
import type { Presenter } from '../tasks/present.ts'
import { type CatchUpDeps, startCatchingUp } from './catch-up.ts'
import { createConnectionLimit } from './connection-limit.ts'
import { type FeedEvent, feedEvent } from './event.ts'
import { createHeartbeats, type FeedTimes } from './heartbeats.ts'
import { createFeedSnapshots } from './snapshots.ts'

export type Feed = ReturnType<typeof createFeed>

export type FeedDeps = CatchUpDeps & {
  tasks: Tasks
  present: Presenter
  events: Events
  times: FeedTimes
  limits: { perUser: number; perProcess: number }
}

export type FeedMember = {
  deliver: (event: FeedEvent) => void
  end: () => void
}

type UserFeed = { members: Set<FeedMember>; listening: Promise<() => void> }

const CLOSE_OVER_MS = 2000

/**
 * Every live feed of this process: one subscription a user, one serialisation a change. Pub/sub only makes
 * it faster: what ended is also asked of Postgres, so that no ending depends on Redis.
 */
export function createFeed(deps: FeedDeps) {
  const users = new Map<string, UserFeed>()
  const heartbeats = createHeartbeats(deps.times)
  const catchUp = startCatchingUp(deps, {
    userIds: () => [...users.keys()],
    onChange: (row) => tell(row.userId, deps.present.update(row)),
    onGone: (userId) => {
      for (const member of users.get(userId)?.members ?? []) member.end()
    },
  })

  return {
    connections: createConnectionLimit(deps.limits),
    snapshots: createFeedSnapshots(deps),
    attend: heartbeats.attend,

    /** Listens for a user's changes. Subscribed when it resolves; returns the function that ends it. */
    async join(userId: string, member: FeedMember): Promise<() => void> {
      const user = users.get(userId) ?? open(userId)
      user.members.add(member)
      await user.listening
      return () => {
        user.members.delete(member)
        if (user.members.size > 0 || users.get(userId) !== user) return
        users.delete(userId)
        void user.listening.then((leave) => leave())
      }
    },

    size: () => ({ users: users.size, streams: heartbeats.size() }),

    /** Ends all streams in slices. Who comes meanwhile is told to come back. */
    async close(): Promise<void> {
      catchUp.close()
      await heartbeats.close(CLOSE_OVER_MS)
    },
  }

  function open(userId: string): UserFeed {
    const listening = deps.listener.listen(userId, (update) => {
      deps.events.emit('updateHeard', { movedAt: update.timestamp })
      tell(userId, deps.present.stamp(update))
    })
    const user = { members: new Set<FeedMember>(), listening }
    users.set(userId, user)
    return user
  }

  function tell(userId: string, update: TaskUpdate): void {
    const event = feedEvent(update)
    const members = users.get(userId)?.members ?? new Set()
    deps.events.emit('updateDelivered', { feeds: members.size })
    for (const member of members) member.deliver(event)
  }
}

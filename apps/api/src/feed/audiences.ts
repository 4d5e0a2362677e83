import type { FeedUpdate } from '@reelay/contracts/task-update'
import type { ProgressListener } from '@reelay/queue/progress'
import type { Events } from '@reelay/telemetry/events'
import type { Presenter } from '../tasks/present.ts'
import { type FeedEvent, feedEvent } from './event.ts'

export type AudiencesDeps = { listener: ProgressListener; present: Presenter; events: Events }

export type FeedMember = {
  deliver: (event: FeedEvent) => void
  end: () => void
}

type Audience = { members: Set<FeedMember>; listening: Promise<() => void> }

/** Who listens to which user's changes: one subscription a user, one serialisation a change. */
export function createAudiences({ listener, present, events }: AudiencesDeps) {
  const audiences = new Map<string, Audience>()

  return {
    tell,

    userIds: () => [...audiences.keys()],

    /** Subscribed when it resolves; returns the function that ends it. */
    async join(userId: string, member: FeedMember): Promise<() => void> {
      const audience = audiences.get(userId) ?? open(userId)
      audience.members.add(member)
      await audience.listening
      return () => {
        audience.members.delete(member)
        if (audience.members.size > 0 || audiences.get(userId) !== audience) return
        audiences.delete(userId)
        void audience.listening.then((leave) => leave())
      }
    },

    end(userId: string): void {
      for (const member of audiences.get(userId)?.members ?? []) member.end()
    },
  }

  function open(userId: string): Audience {
    const listening = listener.listen(userId, (update) => {
      events.emit('updateHeard', { movedAt: update.timestamp })
      tell(userId, present.stamp(update))
    })
    const audience = { members: new Set<FeedMember>(), listening }
    audiences.set(userId, audience)
    return audience
  }

  function tell(userId: string, update: FeedUpdate): void {
    const event = feedEvent(update)
    const members = audiences.get(userId)?.members ?? new Set()
    events.emit('updateDelivered', { feeds: members.size })
    for (const member of members) member.deliver(event)
  }
}

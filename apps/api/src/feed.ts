import { isTerminal } from '@reelay/contracts/lifecycle'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { ProgressListener } from '@reelay/queue/progress'
import type { Logger } from 'pino'
import type { FeedEvent, FeedStream } from './feed-stream.ts'
import type { Presenter } from './present.ts'

export type Feed = ReturnType<typeof createFeed>

export type FeedDeps = {
  listener: ProgressListener
  tasks: TaskRepository
  present: Presenter
  log: Logger
  heartbeatMs: number
  pingMs: number
  maxAgeMs: number
  slowCutMs: number
}

type Deliver = (event: FeedEvent) => void
type UserFeed = { deliveries: Set<Deliver>; listening: Promise<() => void> }
type Listener = { stream: FeedStream; endsAt: number; beats: number }

const ASK_INTERVAL_MS = 5000
const ASK_BACK_MS = 120_000
const SLOTS = 15

/**
 * Every live feed of this process: one subscription a user, one serialisation a change. Pub/sub only makes
 * it faster: every five seconds Postgres is asked once for what ended, so no ending depends on Redis.
 */
export function createFeed(deps: FeedDeps) {
  const users = new Map<string, UserFeed>()
  const slots = Array.from({ length: SLOTS }, () => new Set<Listener>())
  let slot = 0
  let closing = false
  let isAsking = false

  const asking = setInterval(() => {
    ask().catch((error: Error) => deps.log.warn({ reason: error.name }, 'feed could not ask postgres'))
  }, ASK_INTERVAL_MS)
  const wheel = setInterval(turn, deps.heartbeatMs / SLOTS)

  return {
    /** Listens for a user's changes. Subscribed when it resolves; answers the function that ends it. */
    async join(userId: string, deliver: Deliver): Promise<() => void> {
      const user = users.get(userId) ?? open(userId)
      user.deliveries.add(deliver)
      await user.listening
      return () => {
        user.deliveries.delete(deliver)
        if (user.deliveries.size > 0 || users.get(userId) !== user) return
        users.delete(userId)
        void user.listening.then((leave) => leave())
      }
    },

    /** The state of a task as an event, whether it came from a row or through Redis. */
    event: toEvent,

    /** Looks after a stream: heartbeats, its greatest age, and the end of one that takes nothing. */
    attend(stream: FeedStream, { expiresAt }: { expiresAt: number }): () => void {
      const age = (deps.maxAgeMs * (2 + Math.random())) / 3
      const listener = { stream, endsAt: Math.min(Date.now() + age, expiresAt), beats: 0 }
      const own = slots[Math.floor(Math.random() * SLOTS)] as Set<Listener>
      own.add(listener)
      if (closing) stream.end()
      return () => own.delete(listener)
    },

    /** Ends all streams over `overMs`, so that their clients don't come back all at once; cuts who takes no end. */
    async close(overMs = 2000): Promise<void> {
      closing = true
      clearInterval(asking)
      for (const listeners of slots) {
        for (const { stream } of listeners) stream.end()
        if (listeners.size > 0) await new Promise((resolve) => setTimeout(resolve, overMs / SLOTS))
      }
      clearInterval(wheel)
      for (const listeners of slots) for (const { stream } of listeners) stream.cut()
    },
  }

  function open(userId: string): UserFeed {
    const deliveries = new Set<Deliver>()
    const listening = deps.listener.listen(userId, (update) =>
      deliverTo(deliveries, deps.present.stamp(update)),
    )
    const user = { deliveries, listening }
    users.set(userId, user)
    return user
  }

  async function ask(): Promise<void> {
    if (users.size === 0 || isAsking) return
    isAsking = true
    const rows = await deps.tasks
      .changedLately([...users.keys()], ASK_BACK_MS, deps.listener.isConnected())
      .finally(() => {
        isAsking = false
      })
    for (const row of rows) {
      const user = users.get(row.userId)
      if (user) deliverTo(user.deliveries, deps.present.update(row))
    }
  }

  /** Every turn looks at all streams' ends, and at one slot's heartbeats. */
  function turn(): void {
    slot = (slot + 1) % SLOTS
    const now = Date.now()
    for (const [i, listeners] of slots.entries()) {
      for (const listener of listeners) {
        const fullSince = listener.stream.fullSince()
        if (fullSince !== undefined && performance.now() - fullSince > deps.slowCutMs) listener.stream.cut()
        else if (now >= listener.endsAt) listener.stream.end()
        else if (i === slot) beat(listener)
      }
    }
  }

  function beat(listener: Listener): void {
    listener.beats += 1
    const isPing = listener.beats % Math.max(1, Math.round(deps.pingMs / deps.heartbeatMs)) === 0
    listener.stream.beat(isPing ? 'ping' : 'comment')
  }
}

/** Serialised once, however many listen. */
function deliverTo(deliveries: Set<Deliver>, update: TaskUpdate): void {
  const event = toEvent(update)
  for (const deliver of deliveries) deliver(event)
}

function toEvent(update: TaskUpdate): FeedEvent {
  const { videoId, version, status } = update.payload
  return {
    videoId,
    version,
    id: String(update.timestamp),
    data: JSON.stringify(update),
    terminal: isTerminal(status),
  }
}

import type { Tasks } from '@reelay/db/tasks'
import type { Presenter } from '../tasks/present.ts'
import { type FeedEvent, feedEvent } from './event.ts'

/** Half of the api's connections to Postgres: a crowd that comes back leaves the rest to requests. */
const AT_ONCE = 10

type Read = Promise<FeedEvent[] | undefined>
type Shared = { userId: string; endedSince: Set<number | undefined>; read: Read; begin: () => void }

/**
 * What listeners have to know on connecting, read once for all of a user's that connect while the read waits
 * for its turn. One that has begun is not shared: it may have missed what the newcomer missed, too.
 */
export function createFeedSnapshots({ tasks, present }: { tasks: Tasks; present: Presenter }) {
  const shareable = new Map<string, Shared>()
  const queue: Shared[] = []
  let running = 0

  return {
    /**
     * All that is unfinished and, at least, all that ended since then (or in the last ten minutes), in the order
     * of the changes. Undefined when there is no such user.
     */
    read(userId: string, endedSince: number | undefined): Read {
      const shared = shareable.get(userId) ?? enqueue(userId)
      shared.endedSince.add(endedSince)
      if (running < AT_ONCE) next()
      return shared.read
    },
  }

  function enqueue(userId: string): Shared {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const endedSince = new Set<number | undefined>()
    const shared = { userId, endedSince, begin, read: begun.then(() => load(userId, endedSince)) }
    shareable.set(userId, shared)
    queue.push(shared)
    return shared
  }

  function next(): void {
    const shared = queue.shift()
    if (!shared) return
    running += 1
    // Those who come at the same moment come in one turn of the loop, but each in an event of its own.
    setImmediate(() => {
      shareable.delete(shared.userId)
      shared.begin()
    })
    shared.read.then(done, done)
  }

  function done(): void {
    running -= 1
    next()
  }

  async function load(userId: string, endedSince: Set<number | undefined>): Read {
    const since = [...endedSince].map((ms) => (ms === undefined ? undefined : new Date(ms)))
    const rows = await tasks.snapshot(userId, since)
    return rows?.map((row) => feedEvent(present.update(row)))
  }
}

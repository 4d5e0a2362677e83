import type { CredentialId } from '@reelay/contracts/credential'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { createFollowedList, type FollowedList, type Heard } from './followed-list.ts'
import { createRecentMap } from './recent-map.ts'
import type { Observe } from './samples.ts'

export type Pages = ReturnType<typeof createPages>

export type PagesDeps = {
  upstreams: Pick<Upstreams, 'clientOf'>
  pollIntervalMs: number
  log: Logger
  random?: () => number
}

const FEWEST_TASKS = 4
/** Of an interval: the lanes of half of it share a page, and no video is told of twice by the same one. */
const KEPT = 1 / 2
const IDLE_MS = 600_000

/** What pages of upstream's lists tell of many videos at once, so that few are asked for by themselves. */
export function createPages({ upstreams, pollIntervalMs, log, random = Math.random }: PagesDeps) {
  const lists = createRecentMap<CredentialId, FollowedList>(IDLE_MS)

  return {
    /**
     * How the videos of tasks go that upstream's list tells of; none of those that are to be asked for by themselves.
     * A few are asked for with `observe` to see whether the list is right, and what that said is told, too. Never throws,
     * and takes no longer than `withinMs`.
     */
    async tell(
      credential: CredentialId,
      tasks: ProcessingTask[],
      timing: { withinMs: number; observe: Observe },
    ): Promise<Heard> {
      const client = upstreams.clientOf(credential)
      if (!client?.reads.list?.complete || tasks.length < FEWEST_TASKS) return new Map()
      let followedList = lists.get(credential)
      if (!followedList) {
        const keptMs = Math.max(pollIntervalMs, client.reads.pollFloorMs) * KEPT
        followedList = createFollowedList({ credential, list: client.list, keptMs, random, log })
        lists.set(credential, followedList)
      }
      return followedList(tasks, timing)
    },
  }
}

import { videoTasks } from '@reelay/db/schema'
import { isNotNull } from 'drizzle-orm'
import { seconds } from '../measure/times.ts'
import type { World } from '../world/world.ts'
import { readHolds, readSteps, type Span } from './credential-history.ts'
import { readHistory } from './history.ts'
import { idleBesideWaiting } from './idle-keys.ts'

/** What is shorter is not told of. */
const SHORTEST_MS = 500

export type Waiting = { longestMs: number; violations: string[] }

/**
 * A free key may begin nothing for `idleMs` beside a task that it could make. News of a credential may come for up to
 * `newsMs` after it was `broken`.
 */
type Allowed = {
  broken: Span[]
  idleMs: number
  newsMs: number
}

/**
 * No task waits for a key that is dead while another could make it: a free key is soon used as long as somebody waits,
 * and none is held but one that was broken.
 */
export async function auditWaiting(
  { db, upstreams }: World,
  { broken, idleMs, newsMs }: Allowed,
): Promise<Waiting> {
  const [history, steps, holds] = [await readHistory(db), await readSteps(db), await readHolds(db)]
  const plans = new Map(
    upstreams.flatMap(({ name, keys }) => keys.map((key) => [`${name}/${key.name}`, key] as const)),
  )
  const { videoId, pinnedTo } = videoTasks
  const pinned = await db.select({ videoId, pinnedTo }).from(videoTasks).where(isNotNull(pinnedTo))
  const pins = new Map<string, string | null>(pinned.map((task) => [task.videoId, task.pinnedTo]))
  const candidatesOf = (videoId: string) => [pins.get(videoId) ?? [...plans.keys()]].flat()
  const idle = idleBesideWaiting(
    { history, steps, plans, troubles: [...broken, ...holds], candidatesOf },
    SHORTEST_MS,
  )
  const unfounded = holds.filter((hold) => !broken.some((cause) => isCause(cause, hold, newsMs)))
  return {
    longestMs: Math.max(0, ...idle.map(({ ms }) => ms)),
    violations: [
      ...idle
        .filter(({ ms }) => ms > idleMs)
        .map(
          ({ videoId, credential, ms }) =>
            `${videoId} waited ${seconds(ms)} beside ${credential}, which was free`,
        ),
      ...unfounded.map(({ credential }) => `${credential} was held, and nothing was wrong with it`),
    ],
  }
}

/** A hold may be the news of what was broken a moment ago, or be lengthened by a try in between. */
function isCause(cause: Span, hold: Span, newsMs: number): boolean {
  return cause.credential === hold.credential && hold.from >= cause.from && hold.from <= cause.to + newsMs
}

import { isTerminal } from '@reelay/contracts/lifecycle'
import type { TaskRow } from '@reelay/db/schema'
import type { Heard, Listener } from '../load/listeners.ts'
import type { Evidence } from './evidence.ts'
import type { Change } from './history.ts'
import type { Rule } from './rules.ts'

/** Every event is a change that was committed, with that change's time, and of the listener's own task. */
export const eventsAreTrue: Rule = ({ rows, history, listeners }) => {
  const owners = new Map(rows.map(({ videoId, userId }) => [videoId as string, userId]))
  const changes = new Map([...history.values()].flat().map((change) => [nameOf(change), change]))
  return listeners.flatMap(({ user, heard }) =>
    heard.flatMap((event) => {
      const { payload } = event.update
      const trouble =
        owners.get(payload.videoId) === user.id
          ? untruth(event, changes.get(nameOf(payload)))
          : `another's event`
      return trouble ? [`${user.name} heard ${payload.videoId} version ${payload.version}: ${trouble}`] : []
    }),
  )
}

function untruth({ id, update: { timestamp, payload } }: Heard, change: Change | undefined) {
  if (!change) return 'no such change'
  if (change.status !== payload.status) return `${payload.status}, but it was ${change.status}`
  if (change.progress !== payload.progress)
    return `progress ${payload.progress}, but it was ${change.progress}`
  if (change.attempt !== payload.attempt) return `attempt ${payload.attempt}, but it was ${change.attempt}`
  if (Math.trunc(change.at) !== timestamp || id !== String(timestamp)) return 'not the time of the change'
  return undefined
}

function nameOf({ videoId, version }: { videoId: string; version: number }): string {
  return `${videoId} ${version}`
}

/** Within a connection a task's events get newer and newer, and a new connection doesn't go back. */
export const eventsRise: Rule = ({ listeners }) =>
  listeners.flatMap(({ user, heard }) =>
    [...Map.groupBy(heard, ({ update }) => update.payload.videoId)].flatMap(([videoId, events]) =>
      events.slice(1).flatMap((event, i) => {
        const before = events[i] as Heard
        const least = before.update.payload.version + (event.connection === before.connection ? 1 : 0)
        const { version } = event.update.payload
        return version < least ? [`${user.name} heard version ${version} of ${videoId} too late`] : []
      }),
    ),
  )

export const endsWereHeard: Rule = ({ rows, listeners }) =>
  listeners.flatMap((listener) =>
    missedEnds(rows, listener).map(
      ({ videoId, status }) => `${listener.user.name} never heard that ${videoId} is ${status}`,
    ),
  )

export function allEndsHeard({ rows, listeners }: Pick<Evidence, 'rows' | 'listeners'>): boolean {
  return listeners.every((listener) => missedEnds(rows, listener).length === 0)
}

/** Whether every listener has heard of each of its user's tasks what `rows` say, or something newer. */
export function areUpToDate(rows: TaskRow[], listeners: Listener[]): boolean {
  return listeners.every(({ user, heard }) => {
    const versions = new Map(
      heard.map(({ update: { payload } }) => [payload.videoId as string, payload.version]),
    )
    const own = rows.filter(({ userId }) => userId === user.id)
    return own.every(({ videoId, version }) => (versions.get(videoId) ?? 0) >= version)
  })
}

function missedEnds(rows: TaskRow[], { user, heard }: Listener): TaskRow[] {
  const last = new Map(heard.map(({ update }) => [update.payload.videoId as string, update.payload]))
  return rows.filter(({ userId, videoId, status, version }) => {
    if (userId !== user.id || !isTerminal(status)) return false
    const end = last.get(videoId)
    return end?.status !== status || end.version !== version
  })
}

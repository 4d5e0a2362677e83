import type { TimelineEvent } from '@reelay/contracts/timeline'

/** One line of the timeline. Progress in a row is one line. */
export type Entry = {
  event: TimelineEvent
  /** Progress only: each note of it, oldest first. */
  notes: TimelineEvent[]
  /** Since the entry before it, in ms; undefined of the first. */
  afterMs: number | undefined
  /** The first one of its day, by this machine's calendar. */
  startsDay: boolean
  /** The key, where it is another than that of the entry before it. */
  credential: string | undefined
}

export function foldEvents(events: TimelineEvent[]): Entry[] {
  const entries: Entry[] = []
  let before: TimelineEvent | undefined
  for (const event of events) {
    const last = entries.at(-1)
    if (last && continues(last.event, event)) {
      last.notes.push(event)
    } else {
      const afterMs = before && Math.max(0, Date.parse(event.at) - Date.parse(before.at))
      const startsDay = last === undefined || dayOf(last.event) !== dayOf(event)
      const credential = event.credential === last?.event.credential ? undefined : event.credential
      entries.push({
        event,
        notes: event.what === 'progress' ? [event] : [],
        afterMs,
        startsDay,
        credential: credential ?? undefined,
      })
    }
    before = event
  }
  return entries
}

function continues(last: TimelineEvent, event: TimelineEvent): boolean {
  return last.what === 'progress' && event.what === 'progress' && last.attempt === event.attempt
}

function dayOf({ at }: TimelineEvent): string {
  return new Date(at).toDateString()
}

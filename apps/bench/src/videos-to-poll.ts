export type VideoToPoll = { externalId: string; dueAt: number }

/** Until the first of them is due: a worker that starts with many overdue looks at those in a bunch for ever. */
const START_MS = 4000

/** The videos of all tasks for a loop that knows nothing else, evenly spread over one interval. */
export function videosToPoll(count: number, intervalMs: number): VideoToPoll[] {
  const startAt = Date.now() + START_MS
  return Array.from({ length: count }, (_, at) => ({
    externalId: `ext_${at + 1}`,
    dueAt: startAt + (at * intervalMs) / count,
  }))
}

import { loggableReason } from '@reelay/db/errors'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { ListOutcome } from '@reelay/upstream/read-outcome'
import { type After, type Page, pageOf } from './page.ts'
import type { Trust } from './trust.ts'

export type ReadPageDeps = {
  list: UpstreamClient['list']
  /** How old a page may be, since it was asked for. */
  keptMs: number
  trust: Trust
}

const LATE_IN_A_ROW = 3

/** Asks for a page; undefined where it can't be read, or is an old answer. Never throws. */
export function createReadPage({ list, keptMs, trust }: ReadPageDeps) {
  let late = { inARow: 0, at: Number.NEGATIVE_INFINITY }

  return async function readPage(after: After): Promise<Page | undefined> {
    try {
      const askedAt = performance.now()
      return understood(after, await list(after), askedAt)
    } catch (error) {
      trust.unavailable(loggableReason(error))
      return undefined
    }
  }

  function understood(after: After, outcome: ListOutcome, askedAt: number): Page | undefined {
    const toldAt = performance.now()
    if (outcome.kind === 'trouble') {
      // The video that it was to begin behind may be gone.
      if (outcome.noRoute && after !== undefined) return pageOf(after, { kind: 'page', videos: [] })
      trust.unavailable(outcome.reason, outcome.retryAfterMs)
      return undefined
    }
    if (trust.isOld({ date: outcome.date, askedAt, toldAt })) {
      trust.unavailable('its time stands still')
      return undefined
    }
    noteTime(askedAt, toldAt)
    return pageOf(after, outcome)
  }

  /** An answer that takes longer than it is kept is of no use. One that came in the same standstill says no more. */
  function noteTime(askedAt: number, toldAt: number): void {
    if (toldAt - askedAt <= keptMs) {
      late.inARow = 0
      trust.noteInTime()
    } else if (askedAt >= late.at) late = { inARow: late.inARow + 1, at: toldAt }
    if (late.inARow < LATE_IN_A_ROW) return
    late.inARow = 0
    trust.unavailable('slow')
  }
}

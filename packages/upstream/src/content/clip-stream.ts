import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clip } from './clip-outcome.ts'
import { drop, pulled } from './peek.ts'

type WantedBytes = { first: number; last?: number | undefined }
/** The rest of a clip from there on; undefined when asking again may help. */
export type Resume = (from: number) => Promise<Pick<Clip, 'span' | 'body'> | 'never' | undefined>

const PROGRESS_BYTES = 64 * 1024
const MOST_CUTS = 3
const PAUSE_MS = 500

/**
 * Exactly the wanted bytes of a clip, read no faster than they are taken. What is cut off is asked for again; a
 * stream that can't be whole fails rather than ends. Destroying it lets upstream go.
 */
export function streamOf(clip: Pick<Clip, 'span' | 'body'>, wanted: WantedBytes, resume: Resume): Readable {
  let source = clip.body
  const stream = pulled(pieces(), () => drop(source))
  return stream

  async function* pieces(): AsyncGenerator<Buffer> {
    const { first, last = Number.POSITIVE_INFINITY } = wanted
    let at = clip.span.first
    for (let cuts = 0; ; ) {
      const before = at
      let failure: unknown = new Error('ended early')
      try {
        for await (const chunk of source as AsyncIterable<Buffer>) {
          if (at > last) break
          const piece = chunk.subarray(Math.max(0, first - at), Math.min(chunk.length, last + 1 - at))
          at += chunk.length
          if (piece.length > 0) yield piece
          if (at > last + 1) break
        }
        if (wanted.last === undefined) return
      } catch (error) {
        failure = error
      }
      if (at > last) return

      cuts = at - before < PROGRESS_BYTES ? cuts + 1 : 0
      if (cuts > MOST_CUTS) throw failure
      if (cuts > 0) await sleep(PAUSE_MS * cuts)
      const next = await resume(Math.max(at, first))
      if (next === 'never') throw failure
      source = next?.body ?? Readable.from([])
      if (stream.destroyed) drop(source)
      at = next?.span.first ?? at
    }
  }
}

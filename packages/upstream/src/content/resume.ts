import type { Clip } from './clip-outcome.ts'
import type { Resume } from './clip-stream.ts'
import { drop } from './peek.ts'
import type { FoundClip, Source } from './source.ts'

export type ResumeDeps = Pick<Source, 'ask'> & { ms: number; signal: AbortSignal }

export function createResume(
  clip: FoundClip,
  last: number | undefined,
  { ask, ms, signal }: ResumeDeps,
): Resume {
  return async (from) => {
    let isTrouble = false
    for (const place of clip.place === clip.from ? [clip.place] : [clip.place, clip.from]) {
      if (signal.aborted) return 'never'
      const found = await ask(place, `bytes=${from}-${last ?? ''}`, { signal, ms })
      if (found.kind === 'clip') {
        if (found.span.first === from && isSame(found, clip)) return found
        drop(found.body)
        return 'never'
      }
      isTrouble ||= found.kind === 'trouble'
    }
    return isTrouble ? undefined : 'never'
  }
}

function isSame(found: Clip, clip: Clip): boolean {
  if (found.etag && clip.etag) return found.etag === clip.etag
  return clip.span.total !== undefined && found.span.total === clip.span.total
}

import type { Readable } from 'node:stream'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf, type Scrub } from '../answer/answer.ts'
import { type Part, partOf, plainRange } from './byte-range.ts'
import type { Length, Lengths } from './clip-length.ts'
import type { Clip } from './clip-outcome.ts'
import { type Resume, streamOf } from './clip-stream.ts'
import { drop, peek } from './peek.ts'
import type { Places } from './places.ts'
import { createResume } from './resume.ts'
import type { Found, FoundClip, Source } from './source.ts'

/** `range` is a `Range` header. `onlyHead`: nobody is going to read the body. */
export type ContentRequest = { range?: string | undefined; onlyHead?: boolean; signal: AbortSignal }

export type ContentBytes = {
  kind: 'bytes'
  status: 200 | 206
  header: (name: string) => string | undefined
  body: Readable
}

export type ServeDeps = Pick<Source, 'ask'> & {
  places: Places
  lengths: Lengths
  ms: number
  scrub: Scrub
}

const MOST_SKIPPED_BYTES = 64 * 1024 * 1024
const NO_LENGTH: Length = { atLeast: 0 }

/** What is wanted of a clip that was found. Where upstream sends the whole, the part is cut out of it. */
export async function serve(
  id: ExternalTaskId,
  found: FoundClip,
  range: string | undefined,
  request: ContentRequest,
  deps: ServeDeps,
): Promise<ContentBytes | Found> {
  const measured = await measure(id, found, range, request, deps)
  if ('kind' in measured) return measured
  const { clip, length } = measured
  const part = range && partFor(range, clip, length)
  if (part === 'none') {
    drop(clip.body)
    return { kind: 'unsatisfiable', total: length.total ?? 0, place: clip.place }
  }
  deps.places.remember(id, clip.from)
  const { ask, ms } = deps
  const resume = createResume(clip, part ? part.last : undefined, { ask, ms, signal: request.signal })
  const content = bytesOf(clip, part || undefined, resume)
  if (!part || request.onlyHead) return content
  try {
    // Nothing is promised before some of it is there.
    return { ...content, body: (await peek(content.body, 1)).body }
  } catch (error) {
    return { kind: 'trouble', reason: deps.scrub(reasonOf(error)) }
  }
}

async function measure(
  id: ExternalTaskId,
  found: FoundClip,
  range: string | undefined,
  { signal, onlyHead }: ContentRequest,
  { ask, lengths, ms }: ServeDeps,
): Promise<{ clip: FoundClip; length: Length } | Found> {
  const { total, last } = found.span
  const known = total ? { total, atLeast: 0 } : lengths.of(id, found)
  if (known || !(range || onlyHead)) return withLength(found, known)
  const isWhole = last === undefined
  if (!isWhole) drop(found.body)
  const whole = isWhole ? found : await ask(found.from, undefined, { signal, ms })
  const length = whole.kind === 'clip' ? await lengths.learn(id, whole, signal) : NO_LENGTH
  const again = await ask(found.from, range && plainRange(range), { signal, ms })
  return again.kind === 'clip' ? withLength(again, length) : again
}

function withLength(clip: FoundClip, length: Length = NO_LENGTH) {
  return { clip: { ...clip, span: { ...clip.span, total: length.total } }, length }
}

function partFor(range: string, { span }: Clip, { total, atLeast }: Length): Part | 'none' | undefined {
  const wanted = partOf(range, total ?? Number.MAX_SAFE_INTEGER)
  if (!wanted) return total === undefined ? undefined : 'none'
  const { first, last } = wanted
  if (first < span.first || first - span.first > MOST_SKIPPED_BYTES) return undefined
  if (total !== undefined || last < atLeast) return wanted
  // Nobody knows how much there is, but upstream has said which part this is.
  return span.last === undefined ? undefined : { first, last: Math.min(last, span.last) }
}

function bytesOf(clip: FoundClip, part: Part | undefined, resume: Resume): ContentBytes {
  const { total } = clip.span
  const { first, last } = part ?? { first: 0, last: total && total - 1 }
  const length = last === undefined ? undefined : last + 1 - first
  const headers: Record<string, string | undefined> = {
    'content-type': clip.type,
    'content-length': length === undefined ? undefined : String(length),
    'content-range': part && `bytes ${first}-${last}/${total ?? '*'}`,
    'accept-ranges': 'bytes',
    etag: clip.etag,
    'last-modified': clip.lastModified,
  }
  return {
    kind: 'bytes',
    status: part ? 206 : 200,
    header: (name) => headers[name],
    body: streamOf(clip, { first, last }, resume),
  }
}

import type { Readable } from 'node:stream'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { LRUCache } from 'lru-cache'
import { reasonOf } from '../answer/answer.ts'
import type { RetrieveOutcome, Trouble } from '../outcome.ts'
import type { Video } from '../video/video.ts'
import { oneRange, type Part, partOf, plainRange } from './byte-range.ts'
import { addressesOf } from './clip-bytes.ts'
import { createLengths, type Length } from './clip-length.ts'
import { streamOf } from './clip-stream.ts'
import type { BadAddress, FetchOptions, Place } from './fetch.ts'
import type { Clip, ContentOutcome } from './outcome.ts'
import { drop, peek } from './peek.ts'
import { createSource, type Found, type FoundClip } from './source.ts'

export type ContentOptions = FetchOptions & {
  retrieve: (id: ExternalTaskId, signal: AbortSignal) => Promise<RetrieveOutcome>
  pathOf: (id: ExternalTaskId) => string
}

/** `range` is a `Range` header. `onlyHead`: nobody is going to read the body. */
export type ContentRequest = { range?: string | undefined; onlyHead?: boolean; signal: AbortSignal }

/** A finished video's bytes, or why there are none. Whoever gets a body reads it or destroys it. */
export type Content =
  | { kind: 'bytes'; status: 200 | 206; header: (name: string) => string | undefined; body: Readable }
  | { kind: 'unsatisfiable'; contentRange: string }
  | { kind: 'missing' }
  /** Upstream names an address that nothing may be fetched from. */
  | BadAddress
  | Trouble

/** What is read and thrown away at most to get to a part of a clip. */
const MOST_SKIPPED_BYTES = 64 * 1024 * 1024
/** Enough to tell a clip by. */
const PROBED = 'bytes=0-1023'
const MOST_ADDRESSES = 4
const REMEMBERED_MS = 10 * 60_000
const FIRST_LENGTH: Length = { atLeast: 0 }

/** Streams of finished videos, from upstream or from where upstream says that they are. */
export function createContent(options: ContentOptions) {
  const { find, ask, close } = createSource(options)
  /** Addresses that the last clips came from: players ask for one part after the other. */
  const places = new LRUCache<ExternalTaskId, Place>({ max: 1000, ttl: REMEMBERED_MS })
  const lengths = createLengths()
  const ms = options.headersTimeoutMs

  return { open, probe, close }

  /** Opens a video's bytes, whole or one range: its content, else an address in its body. */
  async function open(id: ExternalTaskId, request: ContentRequest): Promise<Content> {
    const failures: Found[] = []
    const attempt = async (place: Place): Promise<Content | undefined> => {
      const range = oneRange(request.range)
      const found = await find(place, range && plainRange(range), { signal: request.signal, ms })
      const served = found.kind === 'clip' ? await serve(id, found, range, request) : found
      if (served.kind === 'bytes') return served
      if (served.kind === 'unsatisfiable')
        return { kind: 'unsatisfiable', contentRange: `bytes */${served.total}` }
      failures.push(served)
      return undefined
    }
    try {
      const last = places.get(id)
      const content = (last && (await attempt(last))) ?? (await attempt(routeOf(id)))
      if (content) return content
      places.delete(id)
      const look = await options.retrieve(id, AbortSignal.any([request.signal, AbortSignal.timeout(ms)]))
      if (look.kind === 'trouble') return look
      if (look.kind === 'missing') return worst(failures)
      for (const place of placesOf(look.video)) {
        const content = await attempt(place)
        if (content) return content
      }
      return worst(failures)
    } catch (error) {
      return { kind: 'trouble', reason: options.scrub(reasonOf(error)) }
    }
  }

  /**
   * Whether a completed video has anything to play, by asking each place for its first bytes. An address that we
   * don't visit, or with a name unknown here, is taken at upstream's word; trouble on the way there is no verdict.
   */
  async function probe(
    id: ExternalTaskId,
    video: Pick<Video, 'url' | 'urls'> = {},
    withinMs = ms,
  ): Promise<ContentOutcome> {
    const { signal } = new AbortController()
    const until = performance.now() + withinMs
    const failures: Found[] = []
    try {
      const all = [routeOf(id), ...placesOf(video)]
      for (const [tried, place] of all.entries()) {
        const share = (until - performance.now()) / (all.length - tried)
        const found = await find(place, PROBED, { signal, ms: share })
        if (found.kind !== 'clip') failures.push(found)
        else {
          drop(found.body)
          return { kind: 'there' }
        }
      }
    } catch (error) {
      return { kind: 'trouble', reason: options.scrub(reasonOf(error)) }
    }
    if (failures.some((failure) => failure.kind === 'bad_address' && failure.unseen)) return { kind: 'there' }
    const trouble = worst(failures)
    return trouble.kind === 'trouble' ? trouble : { kind: 'missing' }
  }

  function routeOf(id: ExternalTaskId): Place {
    return { url: new URL(options.pathOf(id), options.base), isUpstreams: true, isRoute: true }
  }

  function placesOf(video: Pick<Video, 'url' | 'urls'>): Place[] {
    const urls = addressesOf(video).flatMap((address) => URL.parse(address, options.base.href) ?? [])
    return urls.slice(0, MOST_ADDRESSES).map((url) => ({ url, isUpstreams: true }))
  }

  /** What is wanted of a clip. Where upstream sends the whole, the part is cut out of it. */
  async function serve(
    id: ExternalTaskId,
    found: FoundClip,
    range: string | undefined,
    request: ContentRequest,
  ): Promise<(Content & { kind: 'bytes' }) | Found> {
    const { signal, onlyHead } = request
    let clip = found
    let length = clip.span.total ? { total: clip.span.total, atLeast: 0 } : lengths.of(id, clip)
    if (!length && (range || onlyHead)) {
      const isWhole = clip.span.last === undefined
      if (!isWhole) drop(clip.body)
      const whole = isWhole ? clip : await ask(clip.from, undefined, { signal, ms })
      length = whole.kind === 'clip' ? await lengths.learn(id, whole, signal) : FIRST_LENGTH
      const again = await ask(clip.from, range && plainRange(range), { signal, ms })
      if (again.kind !== 'clip') return again
      clip = again
    }
    clip = { ...clip, span: { ...clip.span, total: length?.total } }
    const part = range && partFor(range, clip, length ?? FIRST_LENGTH)
    if (part === 'none') {
      drop(clip.body)
      return { kind: 'unsatisfiable', total: length?.total ?? 0, place: clip.place }
    }
    if (clip.from.isRoute) places.delete(id)
    else places.set(id, clip.from)
    const content = bytesOf(clip, part || undefined, resume(clip, part ? part.last : undefined, signal))
    if (!part || onlyHead) return content
    try {
      // Nothing is promised before some of it is there.
      return { ...content, body: (await peek(content.body, 1)).body }
    } catch (error) {
      return { kind: 'trouble', reason: options.scrub(reasonOf(error)) }
    }
  }

  /** What was cut off, from where it was found last or from where that was said. */
  function resume(clip: FoundClip, last: number | undefined, signal: AbortSignal) {
    return async (from: number): Promise<FoundClip | 'never' | undefined> => {
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
}

/** The part to send; undefined when the whole must do, and `none` where the clip has no such part. */
function partFor(range: string, { span }: Clip, { total, atLeast }: Length): Part | 'none' | undefined {
  const wanted = partOf(range, total ?? Number.MAX_SAFE_INTEGER)
  if (!wanted) return total === undefined ? undefined : 'none'
  const { first, last } = wanted
  if (first < span.first || first - span.first > MOST_SKIPPED_BYTES) return undefined
  if (total !== undefined || last < atLeast) return wanted
  // Nobody knows how much there is, but upstream has said which part this is.
  return span.last === undefined ? undefined : { first, last: Math.min(last, span.last) }
}

function isSame(found: Clip, clip: Clip): boolean {
  const isSameTag = found.etag === clip.etag
  if (found.etag && clip.etag) return isSameTag
  return clip.span.total !== undefined && found.span.total === clip.span.total
}

function bytesOf(
  clip: FoundClip,
  part: Part | undefined,
  resume: Parameters<typeof streamOf>[2],
): Content & { kind: 'bytes' } {
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

/** What to say of several places without a clip. */
function worst(failures: Found[]): Trouble | BadAddress | { kind: 'missing' } {
  const trouble = failures.find((failure) => failure.kind === 'trouble')
  const badAddress = failures.find((failure) => failure.kind === 'bad_address')
  if (trouble) return trouble
  return badAddress ? { kind: 'bad_address', reason: badAddress.reason } : { kind: 'missing' }
}

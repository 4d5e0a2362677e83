import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf } from '../answer/answer.ts'
import type { RetrieveOutcome, Trouble } from '../read-outcome.ts'
import type { Video } from '../video/video.ts'
import { oneRange, plainRange } from './byte-range.ts'
import { createLengths } from './clip-length.ts'
import type { BadAddress, Place } from './fetch.ts'
import { createPlaces, type PlacesOptions } from './places.ts'
import { probe } from './probe.ts'
import { type ContentBytes, type ContentRequest, type ServeDeps, serve } from './serve.ts'
import { createSource, type Found, type Source, type SourceOptions, worst } from './source.ts'

type Retrieve = (id: ExternalTaskId, signal: AbortSignal) => Promise<RetrieveOutcome>

export type ContentOptions = SourceOptions & PlacesOptions & { retrieve: Retrieve }

/** A finished video's bytes, or why there are none. Whoever gets a body reads it or destroys it. */
export type Content =
  | ContentBytes
  | { kind: 'unsatisfiable'; contentRange: string }
  | { kind: 'missing' }
  | BadAddress
  | Trouble

export function createContent(options: ContentOptions) {
  const { retrieve, scrub, headersTimeoutMs: ms } = options
  const { find, ask, close } = createSource(options)
  const places = createPlaces(options)
  const deps = { find, ask, places, lengths: createLengths(), ms, scrub, retrieve }

  return {
    open: (id: ExternalTaskId, request: ContentRequest): Promise<Content> => open(id, request, deps),
    probe: (id: ExternalTaskId, video: Pick<Video, 'url' | 'urls'> = {}, withinMs = ms) =>
      probe(id, video, withinMs, deps),
    close,
  }
}

type OpenDeps = ServeDeps & Pick<Source, 'find'> & { retrieve: Retrieve }

async function open(id: ExternalTaskId, request: ContentRequest, deps: OpenDeps): Promise<Content> {
  const { places, ms } = deps
  const failures: Found[] = []
  const attempt = async (place: Place): Promise<Content | undefined> => {
    const served = await openAt(place, id, request, deps)
    if (served.kind === 'bytes') return served
    if (served.kind === 'unsatisfiable')
      return { kind: 'unsatisfiable', contentRange: `bytes */${served.total}` }
    failures.push(served)
    return undefined
  }
  try {
    const last = places.last(id)
    const route = places.route(id)
    const content = (last && (await attempt(last))) ?? (route && (await attempt(route)))
    if (content) return content
    places.forget(id)
    const look = await deps.retrieve(id, AbortSignal.any([request.signal, AbortSignal.timeout(ms)]))
    if (look.kind === 'trouble') return look
    if (look.kind === 'missing') return worst(failures)
    for (const place of places.named(look.video)) {
      const content = await attempt(place)
      if (content) return content
    }
    return worst(failures)
  } catch (error) {
    return { kind: 'trouble', reason: deps.scrub(reasonOf(error)) }
  }
}

async function openAt(
  place: Place,
  id: ExternalTaskId,
  request: ContentRequest,
  deps: OpenDeps,
): Promise<ContentBytes | Found> {
  const range = oneRange(request.range)
  const found = await deps.find(place, range && plainRange(range), { signal: request.signal, ms: deps.ms })
  return found.kind === 'clip' ? serve(id, found, range, request, deps) : found
}

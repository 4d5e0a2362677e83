import { reasonOf } from '../answer/answer.ts'
import type { Reading } from '../dialect/reading.ts'
import type { Trouble } from '../read-outcome.ts'
import { addressesIn } from './clip-bytes.ts'
import { type Clip, type ClipOutcome, clipOutcome } from './clip-outcome.ts'
import { type BadAddress, createFetch, type FetchOptions, type Place } from './fetch.ts'

export type FoundClip = Clip & { from: Place; place: Place }
export type Found =
  | FoundClip
  | (Exclude<ClipOutcome, Clip | Trouble> & { place: Place })
  | BadAddress
  | Trouble

export type Within = { signal: AbortSignal; ms: number }

export type Source = ReturnType<typeof createSource>

const MOST_ADDRESSES = 3

export type SourceOptions = FetchOptions & { reading: Reading }

export function createSource(options: SourceOptions) {
  // Where a clip should be nobody says in which words an address comes.
  const reading = { ...options.reading, links: { ...options.reading.links, places: null } }
  const { follow, close } = createFetch(options)
  const isUpstreams = ({ url }: Place) => url.origin === options.base.origin
  return { find, ask, close }

  async function find(place: Place, range: string | undefined, within: Within): Promise<Found> {
    const until = performance.now() + within.ms
    const left = () => ({ signal: within.signal, ms: until - performance.now() })
    const found = await askTwice(place, range, left)
    if (found.kind !== 'missing') return found

    let failure: Found = found
    for (const address of addressesIn(found.text ?? '', found.place.url, reading).slice(0, MOST_ADDRESSES)) {
      const url = URL.parse(address, found.place.url.href)
      const next = url && (await askTwice({ url, isUpstreams: found.place.isUpstreams }, range, left))
      if (next?.kind === 'clip' || next?.kind === 'unsatisfiable') return next
      if (next && next.kind !== 'missing') failure = { ...next, unseen: false } as Found
    }
    return failure
  }

  /** A range that is answered oddly may be cut out of the whole. */
  async function askTwice(place: Place, range: string | undefined, left: () => Within): Promise<Found> {
    const found = await ask(place, range, left())
    return found.kind === 'misfit' ? ask(place, undefined, left()) : found
  }

  async function ask(from: Place, range: string | undefined, { signal, ms }: Within): Promise<Found> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), Math.max(1, ms))
    try {
      const fetched = await follow(from, { range, signal: AbortSignal.any([signal, late.signal]) })
      if (fetched.kind !== 'answer') return fetched
      const { place } = fetched
      const outcome = await clipOutcome(fetched.response, range)
      // Whom another origin has too much of is not upstream's to say.
      if (outcome.kind === 'trouble')
        return { ...outcome, limited: isUpstreams(place) && outcome.limited === true }
      return outcome.kind === 'clip' ? { ...outcome, from, place } : { ...outcome, place }
    } catch (error) {
      return { kind: 'trouble', reason: options.scrub(reasonOf(error)) }
    } finally {
      clearTimeout(timer)
    }
  }
}

export function worst(failures: Found[]): Trouble | BadAddress | { kind: 'missing' } {
  const trouble = failures.find((failure) => failure.kind === 'trouble')
  const badAddress = failures.find((failure) => failure.kind === 'bad_address')
  if (trouble) return trouble
  return badAddress ? { kind: 'bad_address', reason: badAddress.reason } : { kind: 'missing' }
}

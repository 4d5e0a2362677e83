import type { Window } from '../file-bytes.ts'
import { broken, type Facts, MAX_PARTS, noVideo, truncated } from './clip.ts'
import { ids, LONGEST_HEADER, readElementHeader, readUnsigned } from './ebml.ts'

/** Where its data is. No end where the file does not say: then it is the last one. */
type Element = { id: number; from: number; end: number | undefined }
type Budget = { left: number }

const VIDEO_TRACK = 1
const MILLISECOND_NS = 1_000_000
const LONGEST_LEAF = 8

/** Reads what stands before the first cluster, and that the segment is as long as it says. */
export async function inspectWebm(window: Window): Promise<Facts> {
  const budget = { left: MAX_PARTS }
  const segment = await findSegment(window, budget)
  const end = segment.end ?? window.bytes
  let seconds: number | null = null
  let tracks: Element | undefined
  let hasCluster = false
  for await (const element of elementsIn(window, segment.from, end, budget)) {
    if (element.id === ids.info) seconds = await readSeconds(window, element, budget)
    if (element.id === ids.tracks) tracks ??= element
    if (element.id === ids.cluster) hasCluster = true
    if (hasCluster && tracks) break
  }
  if (!hasCluster || !tracks) throw truncated()
  return { seconds, ...(await readSize(window, tracks, budget)) }
}

async function findSegment(window: Window, budget: Budget): Promise<Element> {
  for await (const element of elementsIn(window, 0, window.bytes, budget)) {
    if (element.id === ids.segment) return element
  }
  throw truncated()
}

async function* elementsIn(
  window: Window,
  from: number,
  end: number,
  budget: Budget,
): AsyncGenerator<Element> {
  for (let at: number | undefined = from; at !== undefined && at < end; ) {
    if (budget.left-- === 0) throw broken('the clip has too many elements')
    const header = readElementHeader(await window.part(at, LONGEST_HEADER))
    if (header === undefined) throw truncated()
    if (header === null) throw broken('the clip has something between its elements')
    const data: number = at + header.headerBytes
    const next: number | undefined = header.size === undefined ? undefined : data + header.size
    if (next !== undefined && next > end)
      throw next > window.bytes ? truncated() : broken('an element is too long')
    yield { id: header.id, from: data, end: next }
    at = next
  }
}

async function* childrenOf(window: Window, parent: Element, budget: Budget): AsyncGenerator<Element> {
  if (parent.end === undefined) throw broken('an element of the clip has no length')
  yield* elementsIn(window, parent.from, parent.end, budget)
}

async function readSeconds(window: Window, info: Element, budget: Budget): Promise<number | null> {
  let scale = MILLISECOND_NS
  let duration = 0
  for await (const element of childrenOf(window, info, budget)) {
    if (element.id === ids.timestampScale) scale = readUnsigned(await leaf(window, element))
    if (element.id === ids.duration) duration = readFloat(await leaf(window, element))
  }
  const seconds = (duration * scale) / 1e9
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null
}

async function readSize(window: Window, tracks: Element, budget: Budget) {
  for await (const track of childrenOf(window, tracks, budget)) {
    if (track.id !== ids.track) continue
    let isVideo = false
    const size = { width: null as number | null, height: null as number | null }
    for await (const element of childrenOf(window, track, budget)) {
      if (element.id === ids.trackType) isVideo = readUnsigned(await leaf(window, element)) === VIDEO_TRACK
      if (element.id !== ids.video) continue
      for await (const { id, ...place } of childrenOf(window, element, budget)) {
        if (id === ids.pixelWidth) size.width = readUnsigned(await leaf(window, place)) || null
        if (id === ids.pixelHeight) size.height = readUnsigned(await leaf(window, place)) || null
      }
    }
    if (isVideo) return size
  }
  throw noVideo()
}

async function leaf(window: Window, { from, end }: Omit<Element, 'id'>): Promise<Buffer> {
  if (end === undefined || end - from > LONGEST_LEAF) throw broken('a number of the clip is too long')
  return window.part(from, end - from)
}

function readFloat(bytes: Buffer): number {
  if (bytes.length === 4) return bytes.readFloatBE()
  return bytes.length === 8 ? bytes.readDoubleBE() : 0
}

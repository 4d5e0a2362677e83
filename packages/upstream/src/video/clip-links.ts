import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Fields, isFields } from '../answer/fields.ts'
import { follow } from '../answer/places.ts'
import type { Links } from '../dialect/reading.ts'

const MOST_LINKS = 10
const MOST_LEVELS = 6
const otherKind =
  /^(image|audio|text)(_url|\/.*)?$|^(input|source|mask)|thumb|poster|cover|preview|sprite|reference|frame$/i
const otherFile = /\.(png|jpe?g|webp|gif|avif|heic|svg|vtt|srt|txt|json|html?)$/i
const videoPath = /\.(mp4|webm|mov|m4v|avi|mkv)([?#]|$)|\/content([?#]|$)/i
const clipPath = /\.(mp4|webm|mov|m4v|avi|mkv|flv|mpe?g|ogv|ts)$|\/(content|download|file|raw|play)$/i
const recordPath =
  /\/(videos?|tasks?|jobs?|generations?|predictions?|requests?|operations?|query|status)(\/|$)/i

/** Where an answer says that the clip is: http(s) addresses, the likeliest first; relative ones are upstream's own. */
export function clipLinks(job: unknown, { places, names }: Links, base?: URL): string[] {
  const found = new Set<string>()
  if (places) for (const steps of places) collect(follow(job, steps), 2)
  else if (isFields(job)) members(job, MOST_LEVELS)
  return [...found].slice(0, MOST_LINKS)

  function collect(value: unknown, levels: number): void {
    if (levels === 0 || found.size >= MOST_LINKS) return
    if (typeof value === 'string') add(value)
    if (Array.isArray(value)) for (const item of value.slice(0, MOST_LINKS)) collect(item, levels - 1)
    if (isFields(value) && !isOther(value)) members(value, levels)
  }

  function members(value: Fields, levels: number): void {
    for (const name of names) if (value[name] !== undefined) collect(value[name], levels - 1)
  }

  function add(text: string): void {
    const url = absolute(text.trim(), base)
    if (url && !isOfOtherFile(url)) found.add(url)
  }
}

export function isVideosOwn(link: string, { videos: below }: Links, base: URL | undefined): boolean {
  if (below === undefined) return false
  const { origin, pathname } = new URL(link)
  const videos = `${base?.pathname.replace(/\/$/, '')}${below}`
  const isBelow = origin === base?.origin && pathname.startsWith(videos)
  return isBelow && /^[^/]+\/?$/.test(pathname.slice(videos.length)) && !isClipPath(pathname)
}

/** Whether an address may as well lead to what is said of this video, at upstream or at a name of it that we don't know. */
export function mayTellOf(id: ExternalTaskId, link: string, links: Links, base: URL | undefined): boolean {
  const { origin, pathname, searchParams } = new URL(link)
  if (isClipPath(pathname)) return false
  const isRecord = origin === base?.origin || recordPath.test(pathname)
  const isNamed = [...pathname.split('/').map(decoded), ...searchParams.values()].includes(id)
  return isVideosOwn(link, links, base) || (isRecord && isNamed)
}

function isClipPath(pathname: string): boolean {
  return clipPath.test(pathname.replace(/\/+$/, ''))
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function isOfOtherFile(link: string): boolean {
  return otherFile.test(new URL(link).pathname)
}

function isOther({ type, kind, role, purpose, content_type, mime_type }: Fields): boolean {
  return [type, kind, role, purpose, content_type, mime_type].some(
    (value) => typeof value === 'string' && otherKind.test(value),
  )
}

export function absolute(text: string, base: URL | undefined): string | undefined {
  if (text === '' || /\s/.test(text)) return undefined
  if (/^https?:\/\//i.test(text)) return URL.parse(text) ? text : undefined
  const isRelative = text.startsWith('/') || (!/^[a-z][a-z\d+.-]*:/i.test(text) && videoPath.test(text))
  return isRelative && base ? URL.parse(text, base.origin)?.href : undefined
}

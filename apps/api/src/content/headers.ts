import type { IncomingHttpHeaders } from 'node:http'
import type { VideoId } from '@reelay/contracts/task'
import fresh from 'fresh'

type Header = (name: string) => string | undefined

const tags = ['etag', 'last-modified'] as const
const ofBytes = ['content-length', 'content-range', 'accept-ranges'] as const
/** The types that a browser does nothing with but play. */
export const endings: Record<string, string> = {
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/x-msvideo': 'avi',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
}
const caching = { 'cache-control': 'private, max-age=600' }

/** Whether what the client has a part of is still the same: a strong tag, or the very same date. */
export function isSame(ifRange: string | undefined, header: Header): boolean {
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"')) return ifRange === header('etag')
  return !ifRange.startsWith('W/') && ifRange === header('last-modified')
}

export function isConditional(headers: IncomingHttpHeaders): boolean {
  return ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'].some(
    (name) => name in headers,
  )
}

/** Whether the client wants nothing but what it has a part of, and that is another by now. */
export function isAnother(headers: IncomingHttpHeaders, header: Header): boolean {
  const { 'if-match': match, 'if-unmodified-since': unmodifiedSince } = headers
  if (match !== undefined) {
    const wanted: string[] = match.match(/(?:W\/)?"[^"]*"/g) ?? []
    const tag = header('etag') ?? ''
    return match.trim() !== '*' && (tag.startsWith('W/') || !wanted.includes(tag))
  }
  const [wanted, modified] = [unmodifiedSince, header('last-modified')].map((date) => Date.parse(date ?? ''))
  return modified !== undefined && wanted !== undefined && modified > wanted
}

/** Whether the client has it already. What it tells caches to do (as `fetch` does here) doesn't count. */
export function isKnown(headers: IncomingHttpHeaders, header: Header): boolean {
  const { 'if-none-match': noneMatch, 'if-modified-since': modifiedSince } = headers
  return fresh({ 'if-none-match': noneMatch?.trim(), 'if-modified-since': modifiedSince }, pick(header, tags))
}

export function knownHeaders(header: Header): Record<string, string> {
  return { ...pick(header, tags), ...caching }
}

export function contentHeaders(videoId: VideoId, header: Header, isDownload = false): Record<string, string> {
  const type = header('content-type') ?? ''
  const ending = endings[type]
  return {
    ...pick(header, ofBytes),
    ...knownHeaders(header),
    'content-type': ending ? type : 'application/octet-stream',
    'content-disposition': disposition(videoId, ending, isDownload),
    'x-content-type-options': 'nosniff',
    // The link plays in any page that has it.
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': "default-src 'none'; sandbox",
  }
}

/** Other types than those that are only played are for saving. */
function disposition(videoId: VideoId, ending: string | undefined, isDownload: boolean): string {
  const name = ending && `; filename="${videoId}.${ending}"`
  return `${ending && !isDownload ? 'inline' : 'attachment'}${name ?? ''}`
}

function pick(header: Header, names: readonly string[]): Record<string, string> {
  const passed = names.flatMap((name) => {
    const value = header(name)
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(passed)
}

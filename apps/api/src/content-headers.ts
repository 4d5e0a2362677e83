import type { VideoId } from '@reelay/contracts/task'

type Header = (name: string) => string | undefined

const passedOn = ['content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified'] as const
const endings: Record<string, string> = {
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'image/webp': 'webp',
  'image/jpeg': 'jpg',
}
/** What servers say that don't know: a task's content is a video until somebody says otherwise. */
const noType = ['', 'application/octet-stream', 'binary/octet-stream']

/** One range of bytes or none: `Range` is ignored in other units, and more than one is refused as `undefined`. */
export function singleRange(header: string | undefined): { range?: string } | undefined {
  if (header === undefined || !/^\s*bytes\s*=/i.test(header)) return {}
  const range = header.replace(/\s/g, '').toLowerCase()
  return /^bytes=(\d{1,15}-\d{0,15}|-\d{1,15})$/.test(range) ? { range } : undefined
}

/** Whether what the client has a part of is still the same: a strong tag, or the very same date. */
export function isSame(ifRange: string | undefined, header: Header): boolean {
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"')) return ifRange === header('etag')
  return !ifRange.startsWith('W/') && ifRange === header('last-modified')
}

/** Headers of passed on content. Upstream's type is believed only where a browser does nothing but show it. */
export function contentHeaders(videoId: VideoId, header: Header): Record<string, string> {
  const told = header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  const type = noType.includes(told) ? 'video/mp4' : told
  const ending = endings[type]
  const passed = passedOn.flatMap((name) => {
    const value = header(name)
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...Object.fromEntries(passed),
    'content-type': ending ? type : 'application/octet-stream',
    'content-disposition': ending ? `inline; filename="${videoId}.${ending}"` : 'attachment',
    'cache-control': 'private, max-age=600',
    'x-content-type-options': 'nosniff',
    // The link plays in any page that has it.
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': "default-src 'none'; sandbox",
  }
}

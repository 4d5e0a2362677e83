import { type Fields, isFields } from './fields.ts'

/** Members that hold an address, and members that hold such members; none of a picture or of the request. */
const links = `video_url videoUrl url result_url resultUrl download_url downloadUrl output_url video_uri uri
  signed_url file_url media_url mp4_url`.split(/\s+/)
const holders = `metadata output outputs video videos content result results response data task_result assets
  generations creations files file media urls unsigned_urls`.split(/\s+/)
const MOST_LINKS = 10
const MOST_LEVELS = 6
const otherKind = /^(image|audio|text)(_url|\/.*)?$|thumb|poster|cover|preview|sprite|reference|frame$/i
const videoPath = /\.(mp4|webm|mov|m4v|avi|mkv)([?#]|$)|\/content([?#]|$)/i

/** Where an answer says that the clip is: http(s) addresses, the likeliest first; relative ones are upstream's own. */
export function clipLinks(job: unknown, base?: URL): string[] {
  const found = new Set<string>()
  if (isFields(job)) members(job, MOST_LEVELS)
  return [...found].slice(0, MOST_LINKS)

  function collect(value: unknown, levels: number): void {
    if (levels === 0 || found.size >= MOST_LINKS) return
    if (typeof value === 'string') add(value)
    if (Array.isArray(value)) for (const item of value.slice(0, MOST_LINKS)) collect(item, levels - 1)
    if (isFields(value) && !isOther(value)) members(value, levels)
  }

  function members(value: Fields, levels: number): void {
    for (const name of [...links, ...holders]) collect(value[name], levels - 1)
  }

  function add(text: string): void {
    const url = absolute(text.trim(), base)
    if (url) found.add(url)
  }
}

/** Whether a member says that it is a picture, a sound or what was given. */
function isOther({ type, kind, role, content_type, mime_type }: Fields): boolean {
  return [type, kind, role, content_type, mime_type].some(
    (value) => typeof value === 'string' && otherKind.test(value),
  )
}

function absolute(text: string, base: URL | undefined): string | undefined {
  if (text === '' || /\s/.test(text)) return undefined
  if (/^https?:\/\//i.test(text)) return URL.parse(text) ? text : undefined
  const isRelative = text.startsWith('/') || (!/^[a-z][a-z\d+.-]*:/i.test(text) && videoPath.test(text))
  return isRelative && base ? URL.parse(text, base.origin)?.href : undefined
}

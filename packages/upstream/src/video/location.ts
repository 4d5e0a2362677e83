import type { ExternalTaskId } from '@reelay/contracts/task'
import { idOf } from './ids.ts'

export type Request = {
  url: URL
  videos: string
  sourceId?: ExternalTaskId | undefined
}

/** What else stands where an id does. */
const routes =
  /^(content|remix|edits?|extensions?|extend|generations?|generate|characters|create|new|submit|sync|async|list|tasks?|jobs?|models|status|(text|image|multi-image|video)[-_]?(2|to)[-_]?video|v\d+)$/i
/** Where one is sent who isn't let in, or who is to be told something. */
const doors =
  /^(errors?|log[-_]?(in|on|out)|sign[-_]?(in|up|out|on)|auth|authori[sz]e|authenticate|oauth2?|sso|saml|oidc|sessions?|accounts?|users?|dashboard|billing|welcome|captcha|challenge|register|consent|denied|blocked|forbidden|unauthori[sz]ed|maintenance|index|home|docs|help|health|null|undefined)$/i
const page = /\.(x?html?|php\d?|json|xml|txt|aspx?|jsp|cgi|do|js)$/i

/** The new video that an address names: not the one that was asked of, nor the route that was asked. */
export function videoAt(place: string | undefined, { url, videos, sourceId }: Request) {
  const path = place && URL.parse(place, url.href)?.pathname.replace(/\/+$/, '')
  if (!path?.startsWith(videos) || path === url.pathname) return undefined
  const [segment = ''] = /^[^/]+(?=(\/(content|remix))?$)/.exec(path.slice(videos.length)) ?? []
  const id = idOf(decoded(segment))
  if (id === undefined || isOf(sourceId, id)) return undefined
  const last = id.split(/\/|%2f/i).findLast((part) => part !== '') ?? ''
  return [routes, doors, page].some((pattern) => pattern.test(last)) ? undefined : id
}

function isOf(source: ExternalTaskId | undefined, id: string): boolean {
  if (source === undefined) return false
  const rest = id.toLowerCase().startsWith(source.toLowerCase()) ? id.slice(source.length) : undefined
  return rest === '' || /^(\/|%2f)/i.test(rest ?? '')
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

import type { ExternalTaskId } from '@reelay/contracts/task'
import { idOf } from './ids.ts'

/** What was asked, and where. */
export type Request = { url: URL; prefix: string; sourceId?: ExternalTaskId | undefined }

/** What else stands where an id does. */
const routes =
  /^(content|remix|edits?|extensions?|extend|generations?|generate|characters|create|new|submit|sync|async|list|tasks?|jobs?|models|status|error|login|(text|image|multi-image|video)[-_]?(2|to)[-_]?video)$/i

/** The new video that an address names: not the one that was asked of, nor the route that was asked. */
export function videoAt(place: string | undefined, { url, prefix, sourceId }: Request) {
  const path = place && URL.parse(place, url.href)?.pathname.replace(/\/+$/, '')
  if (!path?.startsWith(`${prefix}/videos/`) || path === url.pathname) return undefined
  const [segment = ''] = /^[^/]+(?=(\/(content|remix))?$)/.exec(path.slice(`${prefix}/videos/`.length)) ?? []
  const id = idOf(decoded(segment))
  const isSource = id?.toLowerCase() === sourceId?.toLowerCase()
  return id === undefined || isSource || routes.test(id) ? undefined : id
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

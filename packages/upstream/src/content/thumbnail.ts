import type { Readable } from 'node:stream'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { answerOf, reasonOf } from '../answer/answer.ts'
import { type Trouble, trouble } from '../read-outcome.ts'
import type { ContentOptions } from './content.ts'
import { createFetch, discard, type Place } from './fetch.ts'
import { peek } from './peek.ts'

/** A still picture of a video, which the caller reads or destroys. */
export type Thumbnail = { kind: 'picture'; type: string; body: Readable } | { kind: 'missing' } | Trouble

type ThumbnailOptions = Pick<ContentOptions, 'retrieve' | 'mayWantKey'> &
  Parameters<typeof createFetch>[0] & {
    pathOf: ((id: ExternalTaskId) => string) | undefined
  }

const MISSING = { kind: 'missing' } as const
const TELLING_BYTES = 12
const types: [RegExp, string][] = [
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^\x89PNG\r\n/, 'image/png'],
  [/^RIFF.{4}WEBP/s, 'image/webp'],
]

export function createThumbnail(options: ThumbnailOptions) {
  const { follow, close } = createFetch(options)
  return { open, close }

  async function open(id: ExternalTaskId, signal: AbortSignal): Promise<Thumbnail> {
    try {
      const place = await placeOf(id, signal)
      if (!('url' in place)) return place
      const found = await follow(place, { signal })
      if (found.kind !== 'answer') return found.kind === 'trouble' ? found : MISSING
      const answer = answerOf(found.response, '')
      if (answer.status === 200) return pictureIn(found.response.body)
      discard(found.response)
      return answer.status >= 500 || answer.status === 429 ? trouble(answer, '') : MISSING
    } catch (error) {
      return { kind: 'trouble', reason: options.scrub(reasonOf(error)) }
    }
  }

  async function placeOf(id: ExternalTaskId, signal: AbortSignal): Promise<Place | Thumbnail> {
    const { pathOf, base, mayWantKey } = options
    if (pathOf) return { url: new URL(pathOf(id), base), isUpstreams: true, isRoute: true }
    const look = await options.retrieve(id, signal)
    if (look.kind === 'trouble') return look
    const url = look.kind === 'video' && look.video.thumbnailUrl ? URL.parse(look.video.thumbnailUrl) : null
    return url ? { url, isUpstreams: mayWantKey } : MISSING
  }
}

/** By its bytes: what is no picture is none, whatever it is called. */
async function pictureIn(source: Readable): Promise<Thumbnail> {
  const { head, body } = await peek(source, TELLING_BYTES)
  const type = types.find(([beginning]) => beginning.test(head.toString('latin1')))?.[1]
  if (type) return { kind: 'picture', type, body }
  body.on('error', () => {}).destroy()
  return MISSING
}

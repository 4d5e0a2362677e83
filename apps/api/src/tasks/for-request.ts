import { type AnnounceDeps, createAnnouncer } from '@reelay/relay/announce'
import type { FastifyRequest } from 'fastify'

export type Announcing = Pick<AnnounceDeps, 'publish' | 'countMove'>

export type FromRequest = 'announce' | 'log' | 'requestId'

/** What a use case needs on behalf of a request: what it tells stands in the request's log. */
export function forRequest<Deps extends Announcing>(deps: Deps, { id, log }: FastifyRequest) {
  const { publish, countMove } = deps
  return { ...deps, log, requestId: id, announce: createAnnouncer({ publish, countMove, log }) }
}

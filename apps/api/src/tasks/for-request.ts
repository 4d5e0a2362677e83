import { type AnnounceDeps, createAnnouncer } from '@reelay/relay/announce'
import type { FastifyRequest } from 'fastify'

/** How moves are told of, but for the log. */
export type Announcing = Pick<AnnounceDeps, 'publish' | 'countMove'>

/** What use cases take from the request that they serve. */
export type Told = 'announce' | 'log' | 'requestId'

/** What a use case needs on behalf of a request: what it tells stands in the request's log. */
export function forRequest<Deps extends Announcing>(deps: Deps, { id, log }: FastifyRequest) {
  const { publish, countMove } = deps
  return { ...deps, log, requestId: id, announce: createAnnouncer({ publish, countMove, log }) }
}

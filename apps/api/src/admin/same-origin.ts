import type { FastifyRequest } from 'fastify'
import { bearerOf } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'

const reads = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses writes that another site makes a browser send. Browsers name the page that a write comes from; a
 * client with a Bearer token needs no such word, since no other site can make a browser send one.
 */
export function createSameOriginCheck({ publicUrl }: { publicUrl: string | undefined }) {
  const publicOrigin = publicUrl && new URL(publicUrl).origin
  return async ({ method, headers, host }: FastifyRequest): Promise<void> => {
    if (reads.has(method) || bearerOf(headers) !== undefined) return
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin') throw new ApiError('forbidden')
    if (site === undefined || headers.origin !== undefined) checkOrigin(headers.origin, host)
  }

  function checkOrigin(origin: string | undefined, host: string): void {
    if (origin === undefined || !URL.canParse(origin)) throw new ApiError('forbidden')
    const { protocol, origin: from } = new URL(origin)
    const own = `${protocol}//${host}`
    if (from !== publicOrigin && (!URL.canParse(own) || from !== new URL(own).origin)) {
      throw new ApiError('forbidden')
    }
  }
}

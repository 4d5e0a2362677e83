import type { Tickets } from '@reelay/queue/tickets'
import type { FastifyRequest } from 'fastify'
import { authenticate, verifyToken } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'

/** `keyId`: the API key that opened it, directly or by a ticket. */
export type FeedIdentity = { userId: string; expiresAt: number; keyId?: string | undefined }

/**
 * Bearer, or in the address, since an EventSource can set no headers: `?ticket=`, good for one stream, or
 * `?token=`. Throws `unauthorized`, or `unavailable` while tickets can't be looked up.
 */
export async function identifyListener(
  request: FastifyRequest,
  query: { token?: string | undefined; ticket?: string | undefined },
  tickets: Tickets,
): Promise<FeedIdentity> {
  if (!isEventSource(request)) await authenticate(request)
  else if (query.ticket !== undefined) return ticketHolder(request, query.ticket, tickets)
  else if (query.token !== undefined) request.user = verifyToken(request, query.token)
  else throw new ApiError('unauthorized')
  return { userId: request.user.sub, expiresAt: request.user.exp * 1000, keyId: request.keyHolder?.id }
}

/** Who can send no headers can read no status, either: to an EventSource every one but 200 is the end for good. */
export function isEventSource({ headers }: FastifyRequest): boolean {
  return headers.authorization === undefined
}

async function ticketHolder(
  request: FastifyRequest,
  ticket: string,
  tickets: Tickets,
): Promise<FeedIdentity> {
  const holder = await tickets.spend(ticket).catch((error: Error) => {
    request.log.warn({ reason: error.message }, 'ticket not looked up')
    throw new ApiError('unavailable')
  })
  if (!holder || holder.tokenExpiresAt <= Date.now()) throw new ApiError('unauthorized')
  return { userId: holder.userId, expiresAt: holder.tokenExpiresAt, keyId: holder.keyId }
}

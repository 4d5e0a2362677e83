import { problems } from '@reelay/contracts/problems'
import type { UserRepository } from '@reelay/db/user-repository'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bearerOf, checkIsAdmin, claimsOf, type TokenClaims } from '../accounts/authentication.ts'
import { ApiError, invalid } from '../http/errors.ts'

const COOKIE = 'reelay_admin'
const AUDIENCE = 'reelay-admin'
const SIGNED_IN_FOR_S = 8 * 60 * 60

export function createOperatorCheck({ users }: { users: UserRepository }) {
  return (request: FastifyRequest): Promise<void> => checkIsAdmin(operatorOf(request).sub, users)
}

/** Signs somebody in: the cookie is no Bearer token, is sent to `/admin` only and not seen by scripts. */
export function signIn(
  reply: FastifyReply,
  { id, username }: { id: string; username: string },
  { secure }: { secure: boolean },
): void {
  const token = reply.server.jwt.sign(
    { sub: id, username, role: 'ADMIN' },
    { aud: AUDIENCE, expiresIn: `${SIGNED_IN_FOR_S}s` },
  )
  reply.setCookie(COOKIE, token, { ...cookieOptions, secure, maxAge: SIGNED_IN_FOR_S })
}

export function signOut(reply: FastifyReply): void {
  reply.clearCookie(COOKIE, cookieOptions)
}

const cookieOptions = { path: '/admin', httpOnly: true, sameSite: 'strict' } as const

/** A Bearer token counts before a cookie: who sends one means it. What else stands in that header doesn't count. */
function operatorOf({ headers, cookies, server, keyHolder }: FastifyRequest): TokenClaims {
  if (keyHolder) throw new ApiError('forbidden')
  const bearer = bearerOf(headers)
  if (bearer === undefined) checkCookie(headers.cookie ?? '')
  const token = bearer ?? cookies[COOKIE]
  const claims = token && claimsOf(server, token, bearer ? undefined : { allowedAud: AUDIENCE, cache: false })
  if (!claims) throw new ApiError('unauthorized')
  return claims
}

/** Two different ones would be one that is ours and one that somebody else planted. */
function checkCookie(header: string): void {
  const given = header.split(';').map((each) => each.trim())
  const ours = new Set(given.filter((each) => each.startsWith(`${COOKIE}=`)))
  if (ours.size > 1) throw invalid('Cookie', problems.givenTwice)
}

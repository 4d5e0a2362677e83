import jwt from '@fastify/jwt'
import { roles } from '@reelay/contracts/auth'
import type { UserRepository } from '@reelay/db/user-repository'
import DataLoader from 'dataloader'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'

const seconds = z.int().min(0).max(8_640_000_000_000)
/** Somebody who knows the secret may sign what is no token of ours, and a name that is no id would be an error of Postgres. */
const TokenClaims = z.object({
  sub: z.guid(),
  username: z.string(),
  role: z.enum(roles),
  iat: seconds,
  exp: seconds,
})
export type TokenClaims = z.infer<typeof TokenClaims>

declare module 'fastify' {
  interface FastifyInstance {
    isThere: (userId: string) => Promise<boolean>
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Pick<TokenClaims, 'sub' | 'username' | 'role'>
    user: TokenClaims
  }
}

const ISSUER = 'reelay'
const AUDIENCE = 'reelay-api'
/** A deleted user's token is good for so long yet. */
const THERE_FOR_MS = 5000
const MOST_REMEMBERED = 10_000

export type AuthenticationOptions = { secret: string; expiresIn: string; users: Pick<UserRepository, 'gone'> }

/** Tokens: HS256 only, with `exp`, `sub`, `iss` and `aud`; the library's would accept a token without them. */
export const authentication = fp(async (app, { secret, expiresIn, users }: AuthenticationOptions) => {
  const there = new DataLoader<string, boolean>(
    async (ids) => {
      const gone = new Set(await users.gone([...ids]))
      return ids.map((id) => !gone.has(id))
    },
    { cacheMap: new LRUCache({ max: MOST_REMEMBERED, ttl: THERE_FOR_MS }), batchScheduleFn: setImmediate },
  )
  app.decorate('isThere', (userId) => there.load(userId))
  await app.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', iss: ISSUER, aud: AUDIENCE, expiresIn },
    verify: {
      algorithms: ['HS256'],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      requiredClaims: ['exp', 'sub', 'iss', 'aud'],
      cache: 10_000,
    },
  })
})

export async function authenticate(request: FastifyRequest): Promise<void> {
  request.user = verifyToken(request, bearerOf(request.headers) ?? '')
  if (!(await request.server.isThere(request.user.sub))) throw new ApiError('unauthorized')
}

/** Checks a token that came another way than the header; 401 like the header would get. */
export function verifyToken(request: FastifyRequest, token: string): TokenClaims {
  const claims = claimsOf(request.server, token)
  if (!claims) throw new ApiError('unauthorized')
  return claims
}

/** Whose good token a request carries, in the header or as the feed's `?token=`; decides nothing by itself. */
export function callerOf(request: FastifyRequest): TokenClaims | undefined {
  const bearer = bearerOf(request.headers)
  const { token = bearer } = (bearer ? {} : request.query) as { token?: unknown }
  return typeof token === 'string' ? claimsOf(request.server, token) : undefined
}

export function claimsOf(
  { jwt }: FastifyInstance,
  token: string,
  /** Other than the usual: a reader of its own is made for each token then. */
  options?: { allowedAud: string; cache: false },
): TokenClaims | undefined {
  try {
    return TokenClaims.safeParse(options ? jwt.verify(token, options) : jwt.verify(token)).data
  } catch {
    return undefined
  }
}

export function bearerOf({ authorization = '' }: FastifyRequest['headers']): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1]
}

export function createRequireAdmin({ users }: { users: Pick<UserRepository, 'find'> }) {
  return async ({ user }: FastifyRequest): Promise<void> => {
    if (user.role !== 'ADMIN') throw new ApiError('forbidden')
    await checkIsAdmin(user.sub, users)
  }
}

/** Throws unless somebody is an ADMIN now, whatever a token says: it may have been signed a week ago. */
export async function checkIsAdmin(userId: string, users: Pick<UserRepository, 'find'>): Promise<void> {
  const user = await users.find(userId)
  if (!user) throw new ApiError('unauthorized')
  if (user.role !== 'ADMIN') throw new ApiError('forbidden')
}

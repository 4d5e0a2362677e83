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

/** Tokens: HS256 only, with `exp`, `sub`, `iss` and `aud`; the driver's defaults would accept less. */
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
  request.user = verifyToken(request, bearerOf(request) ?? '')
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
  const bearer = bearerOf(request)
  const { token = bearer } = (bearer ? {} : request.query) as { token?: unknown }
  return typeof token === 'string' ? claimsOf(request.server, token) : undefined
}

export function claimsOf(
  { jwt }: FastifyInstance,
  token: string,
  options: { allowedAud?: string } = {},
): TokenClaims | undefined {
  try {
    return TokenClaims.safeParse(jwt.verify(token, options)).data
  } catch {
    return undefined
  }
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
}

/** Throws unless the caller is an ADMIN now, whatever the token says: it may have been signed a week ago. */
export function createRequireAdmin({ users }: { users: UserRepository }) {
  return async ({ user }: FastifyRequest): Promise<void> => {
    if (user.role !== 'ADMIN') throw new ApiError('forbidden')
    const row = await users.find(user.sub)
    if (!row) throw new ApiError('unauthorized')
    if (row.role !== 'ADMIN') throw new ApiError('forbidden')
  }
}

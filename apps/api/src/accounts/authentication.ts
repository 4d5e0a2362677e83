import jwt from '@fastify/jwt'
import { KEY_START, type Scope } from '@reelay/contracts/api-keys'
import { roles } from '@reelay/contracts/auth'
import type { KeyHolder } from '@reelay/db/api-keys'
import type { UserRepository } from '@reelay/db/user-repository'
import DataLoader from 'dataloader'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import type { KeyHolders } from '../keys/key-holders.ts'

const LATEST_SECOND = 8_640_000_000_000
const seconds = z.int().min(0).max(LATEST_SECOND)
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
  interface FastifyContextConfig {
    /** Open to accounts alone, not to programs with an API key. */
    refusesKeys?: boolean
    /** What an API key must be good for; without it reading for GET and HEAD, and writing for the rest. */
    keyScope?: Scope
  }
  interface FastifyRequest {
    /** Of a good API key that came as Bearer. */
    keyHolder: KeyHolder | null
  }
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

export type AuthenticationOptions = {
  secret: string
  expiresIn: string
  users: Pick<UserRepository, 'gone'>
  keyHolders: KeyHolders
}

/** Tokens: HS256 only, with `exp`, `sub`, `iss` and `aud`; the library's would accept a token without them. */
export const authentication = fp(async (app, options: AuthenticationOptions) => {
  const { secret, expiresIn, users, keyHolders } = options
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
  app.decorateRequest('keyHolder', null)
  app.addHook('onRequest', async (request) => {
    const key = keyOf(request)
    if (key) request.keyHolder = (await keyHolders.find(key)) ?? null
  })
})

export async function authenticate(request: FastifyRequest): Promise<void> {
  if (keyOf(request)) {
    request.user = claimsOfKey(request)
    return
  }
  request.user = verifyToken(request, bearerOf(request.headers) ?? '')
  if (!(await request.server.isThere(request.user.sub))) throw new ApiError('unauthorized')
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const bearer = bearerOf(headers)
  return bearer?.startsWith(KEY_START) ? bearer : undefined
}

/** A key acts as its user, never as an ADMIN. */
function claimsOfKey({ keyHolder, method, routeOptions: { config } }: FastifyRequest): TokenClaims {
  if (!keyHolder) throw new ApiError('unauthorized')
  if (config.refusesKeys) throw new ApiError('forbidden')
  const isRead = method === 'GET' || method === 'HEAD'
  const scope = config.keyScope ?? (isRead ? 'videos:read' : 'videos:write')
  if (!keyHolder.scopes.includes(scope)) throw new ApiError('insufficient_scope')
  const { userId, expiresAt } = keyHolder
  const exp = expiresAt ? Math.floor(expiresAt.getTime() / 1000) : LATEST_SECOND
  return { sub: userId, username: '', role: 'USER', iat: 0, exp }
}

/** Checks a token that came another way than the header; 401 like the header would get. */
export function verifyToken(request: FastifyRequest, token: string): TokenClaims {
  const claims = claimsOf(request.server, token)
  if (!claims) throw new ApiError('unauthorized')
  return claims
}

/** Whose good token or key a request carries, in the header or as the feed's `?token=`; decides nothing by itself. */
export function callerOf(request: FastifyRequest): Pick<TokenClaims, 'sub'> | undefined {
  if (request.keyHolder) return { sub: request.keyHolder.userId }
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

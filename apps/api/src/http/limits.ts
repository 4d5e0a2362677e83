import { createHmac } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import { keyPrefix } from '@reelay/queue/queues'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import { callerOf } from '../accounts/authentication.ts'
import { clientAddress } from './addresses.ts'
import { ApiError } from './errors.ts'
import { OwnCounts } from './own-counts.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Files that are the same for everybody: one page takes dozens of them. */
    isUncounted?: boolean
    /** What a request without a user counts as; its address where that is undefined. */
    countedAs?: (request: FastifyRequest) => string | undefined
  }
}

export type LimitsDeps = {
  redis: Redis
  prefix: string
  /** Keys in Redis are made with it, so that nobody finds out whom they count by trying names. */
  secret: string
  perMinute: number
}

/** Counts a request, says how many are left, and throws `rate_limited` when there are none. */
export type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** `login` reads the name from the body. Both are asked for before a password is hashed. */
export type Limits = { login: Limit; register: Limit }

type Verdict = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>
type Count = (request: FastifyRequest) => Promise<Verdict>
type Rule = { name: string; max: number; keyOf: (request: FastifyRequest) => string }

const MINUTE_MS = 60_000
const ASK_AGAIN_AFTER_MS = 1000

/**
 * Counts every request but probes and public files in Redis, for all api processes together. While Redis gives no answer reads
 * go uncounted and for everything else what this process has counted is what counts.
 */
export async function installLimits(app: FastifyInstance, deps: LimitsDeps): Promise<Limits> {
  const { perMinute } = deps
  if (perMinute === 0) return { login: async () => {}, register: async () => {} }
  const askRedis = createAskRedis(app.log)

  const requests = await limitOf({ name: 'requests', max: perMinute, keyOf: whoAsks })
  const logins = await limitOf({ name: 'logins', max: 30, keyOf: address })
  const names = await limitOf({ name: 'names', max: 10, keyOf: nameInBody })
  const register = await limitOf({ name: 'registrations', max: 10, keyOf: address })

  app.addHook('onRequest', async (request, reply) => {
    const { probe, isUncounted } = request.routeOptions.config
    if (!probe && !isUncounted) await requests(request, reply)
  })
  return {
    register,
    // A crowd at one address is turned away before it can lock somebody's name.
    async login(request, reply) {
      await logins(request, reply)
      await names(request, reply)
    },
  }

  async function limitOf(rule: Rule): Promise<Limit> {
    const shared = await counterOf(app, rule, deps)
    const own = await counterOf(app, rule, { ...deps, redis: undefined })
    return async (request, reply) => {
      const ours = isRead(request) ? undefined : await own(request)
      const verdict = (await askRedis(shared, request)) ?? ours
      if (verdict) obey(verdict, reply)
    }
  }
}

/** Nothing while Redis is away: then one request a second finds out whether it is back. */
function createAskRedis(log: FastifyBaseLogger) {
  let isAway = false
  let askAgainAt = 0

  return async (count: Count, request: FastifyRequest): Promise<Verdict | undefined> => {
    const now = performance.now()
    if (now < askAgainAt) return undefined
    if (isAway) askAgainAt = now + ASK_AGAIN_AFTER_MS
    try {
      const verdict = await count(request)
      if (isAway) log.info('requests counted in redis again')
      isAway = false
      askAgainAt = 0
      return verdict
    } catch (error) {
      const reason = (error as Error).message
      if (!isAway) log.warn({ reason }, 'redis unavailable; requests counted in this process')
      isAway = true
      askAgainAt = performance.now() + ASK_AGAIN_AFTER_MS
      return undefined
    }
  }
}

/** One counter of the plugin's: a scope of its own is what gives it a store and a name space of its own. */
async function counterOf(
  app: FastifyInstance,
  { name, max, keyOf }: Rule,
  { redis, prefix, secret }: Omit<LimitsDeps, 'redis'> & { redis: Redis | undefined },
): Promise<Count> {
  const hashKey = createHmac('sha256', secret).update('rate limits').digest()
  const { promise, resolve } = Promise.withResolvers<Count>()
  await app.register(async (scope) => {
    await scope.register(rateLimit, {
      global: false,
      max,
      timeWindow: MINUTE_MS,
      keyGenerator: (request) => createHmac('sha256', hashKey).update(keyOf(request)).digest('base64url'),
      ...(redis ? { redis, nameSpace: `${keyPrefix(prefix)}:limit:${name}:` } : { store: OwnCounts }),
    })
    resolve(scope.createRateLimit())
  })
  return promise
}

/** The tightest of several limits is the one that the headers tell of. */
function obey(verdict: Verdict, reply: FastifyReply): void {
  if (verdict.isAllowed) return
  const { max, remaining, ttlInSeconds, isExceeded } = verdict
  const told = reply.getHeader('ratelimit-remaining')
  if (told === undefined || remaining <= Number(told)) {
    reply.headers({
      'ratelimit-limit': max,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': ttlInSeconds,
    })
  }
  if (!isExceeded) return
  reply.header('retry-after', Math.max(1, ttlInSeconds))
  throw new ApiError('rate_limited')
}

/** For `register`, before the routes of what needs no count. */
export function leaveUncounted(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, isUncounted: true }
  })
}

function whoAsks(request: FastifyRequest): string {
  const caller = callerOf(request)
  if (caller) return `user ${caller.sub}`
  return request.routeOptions.config.countedAs?.(request) ?? address(request)
}

function address(request: FastifyRequest): string {
  return `address ${clientAddress(request)}`
}

function nameInBody({ body }: FastifyRequest): string {
  const { username } = body as { username: string }
  return `name ${username.normalize('NFKC').toLowerCase()}`
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

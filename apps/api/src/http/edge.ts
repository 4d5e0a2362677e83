import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { problems } from '@reelay/contracts/problems'
import fp from 'fastify-plugin'
import { ApiError, invalid } from './errors.ts'
import { createOverload } from './overload.ts'

export type EdgeOptions = {
  corsOrigin: string[] | undefined
  shedAtDelayMs: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by machines that watch this process: never limited and never shed. */
    probe?: boolean
  }
}

/**
 * What every answer passes first: safe headers, then CORS, then the door that closes before the event loop
 * drowns. All of it in onRequest, so that streams that are hijacked later carry the headers, too.
 */
export const edge = fp(async (app, { corsOrigin, shedAtDelayMs }: EdgeOptions) => {
  await app.register(helmet, safeHeaders)
  app.addHook('onRequest', async ({ headers, raw }, reply) => {
    if (headers.host !== undefined || raw.httpVersion !== '1.1') return
    reply.header('connection', 'close')
    throw invalid('Host', problems.required)
  })
  if (corsOrigin)
    await app.register(cors, { ...crossOrigin, origin: corsOrigin.includes('*') ? '*' : corsOrigin })
  if (shedAtDelayMs === 0) return
  const overload = createOverload(shedAtDelayMs)
  app.addHook('onClose', async () => overload.close())
  app.addHook('onRequest', async ({ routeOptions }) => {
    if (overload.check() && !routeOptions.config.probe) throw new ApiError('overloaded')
  })
})

const safeHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
  // Whether a whole domain speaks TLS only is for whoever ends TLS to say.
  strictTransportSecurity: false,
} as const

/** Tokens travel in headers and never in cookies, so no request needs credentials. */
const crossOrigin = {
  credentials: false,
  methods: ['GET', 'HEAD', 'POST', 'DELETE'],
  exposedHeaders: [
    ...['location', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
    ...['retry-after', 'retry-after-ms', 'x-should-retry', 'x-request-id', 'openai-poll-after-ms'],
  ],
  maxAge: 600,
  strictPreflight: false,
}

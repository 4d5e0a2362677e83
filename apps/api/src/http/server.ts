import Fastify, { type FastifyBaseLogger } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { createTrust } from './addresses.ts'
import { sendFrameworkError } from './bad-address.ts'
import { createClientErrorHandler } from './client-error.ts'
import { sendError, sendNotFound } from './error-handler.ts'
import { installBodyParsers } from './json-body.ts'
import { BODY_LIMIT, installRequestDeadline } from './request-deadline.ts'
import { logAbort, loggedRequest, RequestLog } from './request-log.ts'
import { installSingleHeaders } from './single-headers.ts'
import { validatorCompiler } from './validation.ts'

/** What a socket may have unsent before it counts as full; Node's own 64 KiB are a lot for ten thousand feeds. */
const SOCKET_FULL_AT_BYTES = 16 * 1024

type ServerOptions = {
  trustedProxies: string[] | undefined
  log: Logger
  silentMs?: number | undefined
}

/** Fastify without a route: it reads and checks requests, and answers errors, as all routes need it. */
export function createServer({ trustedProxies, log, silentMs }: ServerOptions) {
  const app = Fastify({
    loggerInstance: log.child({}, { serializers: { req: loggedRequest } }) as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    trustProxy: trustedProxies ? createTrust(trustedProxies) : false,
    logController: new RequestLog(),
    genReqId: () => crypto.randomUUID(),
    // Of files; request-deadline.ts has that of all others.
    requestTimeout: 3_600_000,
    // No plugin waits for anything: on a machine that is busy, some only take long.
    pluginTimeout: 0,
    http: {
      headersTimeout: 5000,
      connectionsCheckingInterval: 1000,
      highWaterMark: SOCKET_FULL_AT_BYTES,
      // Node would answer with nothing but a status; the edge looks for the host.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    frameworkErrors: sendFrameworkError,
    clientErrorHandler: createClientErrorHandler(log),
    // An EventSource that meets a 503 never comes back; what comes while closing is still served.
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.addHook('onRequestAbort', logAbort)
  app.setErrorHandler(sendError)
  app.setNotFoundHandler(sendNotFound)
  installRequestDeadline(app, { silentMs })
  installBodyParsers(app)
  installSingleHeaders(app)
  return app
}

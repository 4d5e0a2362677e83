import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { UserRepository } from '@reelay/db/user-repository'
import type { ProgressListener, ProgressPublisher } from '@reelay/queue/progress'
import type { Queues } from '@reelay/queue/queues'
import type { Tickets } from '@reelay/queue/tickets'
import type { Events } from '@reelay/telemetry/events'
import type { UpstreamClient } from '@reelay/upstream/client'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { FastifySSEPlugin } from 'fastify-sse-v2'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { authentication, createRequireAdmin } from './accounts/authentication.ts'
import { createCredentialsCheck } from './accounts/credentials-check.ts'
import type { Passwords } from './accounts/passwords.ts'
import { auth } from './accounts/routes.ts'
import { admin } from './admin/admin.ts'
import type { ApiConfig } from './config.ts'
import { content } from './content/route.ts'
import { installAdmission } from './feed/admission.ts'
import { createFeed } from './feed/feed.ts'
import { taskUpdates } from './feed/task-updates.ts'
import { feedTickets } from './feed/tickets.ts'
import { createTrust } from './http/addresses.ts'
import { createClientErrorHandler } from './http/client-error.ts'
import { installClosing } from './http/closing.ts'
import { edge } from './http/edge.ts'
import { answerError, answerNotFound } from './http/error-handler.ts'
import { installBodyParsers } from './http/json-body.ts'
import { installLimits } from './http/limits.ts'
import { createLinks } from './http/links.ts'
import { logAbort, loggedRequest, RequestLog } from './http/request-log.ts'
import { installSingleHeaders } from './http/single-headers.ts'
import { validatorCompiler } from './http/validation.ts'
import { documentation } from './openapi/document.ts'
import { health } from './operations/health.ts'
import { registerApiMetrics } from './operations/metrics.ts'
import { metricsRoute } from './operations/metrics-route.ts'
import { createPresenter } from './tasks/present.ts'
import { taskRoutes } from './tasks/routes.ts'

export type AppDeps = {
  config: ApiConfig
  log: Logger
  tasks: Tasks
  users: UserRepository
  passwords: Passwords
  moves: Moves
  ledger: Pick<Ledger, 'holdsOf' | 'earlierSubmissions'>
  queues: Queues
  publish: ProgressPublisher
  listener: ProgressListener
  /** Where requests are counted. */
  counter: Redis
  tickets: Tickets
  upstream: UpstreamClient
  /** Told of what is measured; `registry` is where it is counted. */
  events: Events
  registry: Registry
  pingPostgres: () => Promise<void>
  /** Whether Redis took the last second's write. */
  isRedisWritable?: () => boolean
  /** Whether the process has been told to stop, which is before the app is closed. */
  isStopping?: () => boolean
}

/** A prompt as long as may be, each of its characters an emoji and escaped. */
const BODY_LIMIT = 512 * 1024

/** What a socket may have unsent before it counts as full; Node's own 64 KiB are a lot for ten thousand feeds. */
const SOCKET_FULL_AT_BYTES = 16 * 1024

/** The api with everything it uses handed in; never listens. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { config, log, tasks, users, passwords, moves, queues, publish, listener, tickets, events } = deps
  const app = Fastify({
    loggerInstance: log.child({}, { serializers: { req: loggedRequest } }) as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    trustProxy: config.server.trustedProxies ? createTrust(config.server.trustedProxies) : false,
    logController: new RequestLog(),
    genReqId: () => crypto.randomUUID(),
    requestTimeout: 10_000,
    http: {
      headersTimeout: 5000,
      connectionsCheckingInterval: 1000,
      highWaterMark: SOCKET_FULL_AT_BYTES,
      // Node would answer with nothing but a status; the edge looks for the host.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    frameworkErrors: answerError,
    clientErrorHandler: createClientErrorHandler(log),
    // An EventSource that meets a 503 never comes back; what comes while closing is still served.
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.addHook('onRequestAbort', logAbort)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(answerNotFound)
  installBodyParsers(app)
  installSingleHeaders(app)

  const links = createLinks({ publicUrl: config.server.publicUrl, secret: config.tokens.secret })
  const present = createPresenter(links, deps.ledger)
  const feed = createFeed({
    listener,
    tasks,
    users,
    present,
    log,
    events,
    ...config.feed,
  })
  registerApiMetrics(deps.registry, events, { openFeeds: () => feed.size().streams })
  const closing = installClosing(app, { isStopping, endStreams: feed.close })

  installAdmission(app, {
    waiting: config.feed.limits.perProcess,
    together: config.feed.limits.perUser,
    patienceMs: 5000,
  })
  await app.register(edge, {
    corsOrigin: config.server.corsOrigins,
    shedAtDelayMs: config.server.shedAtDelayMs,
  })
  await app.register(authentication, {
    secret: config.tokens.secret,
    expiresIn: config.tokens.expiresIn,
    users,
  })
  const limits = await installLimits(app, {
    redis: deps.counter,
    prefix: config.redis.prefix,
    secret: config.tokens.secret,
    perMinute: config.limits.requestsPerMinute,
  })
  await app.register(FastifySSEPlugin, { retryDelay: false })
  await app.register(documentation, { open: config.docs.isOpen })
  await app.register(metricsRoute, {
    registry: deps.registry,
    events,
    guard: config.metrics,
  })

  await app.register(health, {
    pingPostgres: deps.pingPostgres,
    isRedisConnected: () => listener.isConnected() && deps.isRedisWritable?.() !== false,
    isStopping,
  })
  const checkCredentials = createCredentialsCheck({ users, passwords, limits })
  await app.register(auth, { users, passwords, checkCredentials, limits, registration: config.accounts.registration })
  const requireAdmin = createRequireAdmin({ users })
  await app.register(taskRoutes, {
    tasks,
    users,
    moves,
    queues,
    publish,
    countMove: ({ status, errorCode }) => events.emit('taskMoved', { status, errorCode }),
    acceptance: { listener, waitMs: config.tasks.acceptWaitMs, closing },
    maxUnfinished: config.limits.unfinishedPerUser,
    present,
    links,
    requireAdmin,
  })
  await app.register(content, { tasks, upstream: deps.upstream, links })
  await app.register(taskUpdates, { feed, tasks, tickets, present })
  await app.register(feedTickets, { tickets, connections: feed.connections, tasks })
  await app.register(admin, {
    users,
    tasks,
    ledger: deps.ledger,
    queues,
    checkCredentials,
    isRedisConnected: listener.isConnected,
    publicUrl: config.server.publicUrl,
    readOnly: config.board.readOnly,
    secure: config.isProduction,
  })
  return app

  function isStopping(): boolean {
    return closing.aborted || deps.isStopping?.() === true
  }
}

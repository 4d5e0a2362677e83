import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { UserRepository } from '@reelay/db/user-repository'
import type { ProgressListener, ProgressPublisher } from '@reelay/queue/progress'
import type { Queues } from '@reelay/queue/queues'
import type { Tickets } from '@reelay/queue/tickets'
import { observed } from '@reelay/telemetry/upstream'
import type { UpstreamClient } from '@reelay/upstream/client'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { FastifySSEPlugin } from 'fastify-sse-v2'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { authentication, createRequireAdmin } from './accounts/authentication.ts'
import { createLogIn } from './accounts/log-in.ts'
import type { Passwords } from './accounts/passwords.ts'
import { auth } from './accounts/routes.ts'
import { admin } from './admin/admin.ts'
import type { ApiConfig } from './config.ts'
import { content } from './content/route.ts'
import { installAdmission } from './feed/admission.ts'
import { createFeed } from './feed/feed.ts'
import { taskUpdates } from './feed/route.ts'
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
import type { ApiMetrics } from './operations/metrics.ts'
import { metricsRoute } from './operations/metrics-route.ts'
import { cancel } from './tasks/cancel.ts'
import { importing } from './tasks/import.ts'
import { lineage } from './tasks/lineage.ts'
import { createPresenter } from './tasks/present.ts'
import { recover } from './tasks/recover.ts'
import { remix } from './tasks/remix.ts'
import { retry } from './tasks/retry.ts'
import { tasks as taskRoutes } from './tasks/tasks.ts'

export type AppDeps = {
  config: ApiConfig
  log: Logger
  tasks: Tasks
  users: UserRepository
  passwords: Passwords
  moves: Moves
  ledger: Ledger
  queues: Queues
  publish: ProgressPublisher
  listener: ProgressListener
  /** Where requests are counted. */
  counter: Redis
  tickets: Tickets
  upstream: UpstreamClient
  metrics: ApiMetrics
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
  const { config, log, tasks, users, passwords, moves, ledger, queues, publish, listener, tickets, metrics } =
    deps
  const upstream = observed(deps.upstream, ['openContent'], metrics.observeUpstream)
  const app = Fastify({
    loggerInstance: log.child({}, { serializers: { req: loggedRequest } }) as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    trustProxy: config.TRUST_PROXY ? createTrust(config.TRUST_PROXY) : false,
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

  const links = createLinks({ publicUrl: config.PUBLIC_URL, secret: config.JWT_SECRET })
  const present = createPresenter(links, ledger)
  const feed = metrics.observedFeed(
    createFeed({
      listener: metrics.observedListener(listener),
      tasks,
      users,
      present,
      log,
      times: {
        heartbeatMs: config.SSE_HEARTBEAT_MS,
        pingMs: config.SSE_PING_MS,
        maxAgeMs: config.SSE_MAX_AGE_MS,
        slowCutMs: config.SSE_SLOW_CUT_MS,
      },
      limits: { perUser: config.SSE_MAX_PER_USER, perProcess: config.SSE_MAX_PER_PROCESS },
    }),
  )
  const closing = installClosing(app, { isStopping, endStreams: feed.close })

  installAdmission(app, {
    waiting: config.SSE_MAX_PER_PROCESS,
    together: config.SSE_MAX_PER_USER,
    patienceMs: 5000,
  })
  await app.register(edge, { corsOrigin: config.CORS_ORIGIN, shedAtDelayMs: config.SHED_AT_DELAY_MS })
  await app.register(authentication, {
    secret: config.JWT_SECRET,
    expiresIn: config.JWT_EXPIRES_IN,
    users,
  })
  const limits = await installLimits(app, {
    redis: deps.counter,
    prefix: config.REDIS_PREFIX,
    secret: config.JWT_SECRET,
    perMinute: config.RATE_LIMIT_PER_MINUTE,
  })
  await app.register(FastifySSEPlugin, { retryDelay: false })
  await app.register(documentation, { open: config.docs === 'open' })
  await app.register(metricsRoute, { metrics, guard: config })

  const maxUnfinished = config.MAX_UNFINISHED_PER_USER
  const submission = {
    tasks,
    moves,
    queues,
    links,
    acceptance: { listener, waitMs: config.REMIX_ACCEPT_WAIT_MS, closing },
    maxUnfinished,
  }
  const moving = { tasks, moves, publish: metrics.countedMoves(publish), present }
  await app.register(health, {
    pingPostgres: deps.pingPostgres,
    isRedisConnected: () => listener.isConnected() && deps.isRedisWritable?.() !== false,
    isStopping,
  })
  const logIn = createLogIn({ users, passwords, limits })
  await app.register(auth, { users, passwords, logIn, limits, registration: config.REGISTRATION })
  const requireAdmin = createRequireAdmin({ users })
  await app.register(taskRoutes, { ...submission, present, requireAdmin })
  await app.register(remix, submission)
  await app.register(recover, { tasks, present })
  await app.register(importing, { ...moving, users, queues, links, requireAdmin })
  await app.register(cancel, moving)
  await app.register(retry, { ...moving, queues, maxUnfinished })
  await app.register(lineage, { tasks, present })
  await app.register(content, { tasks, upstream, links })
  await app.register(taskUpdates, { feed, tasks, tickets, present })
  await app.register(feedTickets, { tickets, connections: feed.connections, tasks })
  await app.register(admin, {
    users,
    tasks,
    ledger,
    queues,
    logIn,
    isRedisConnected: listener.isConnected,
    publicUrl: config.PUBLIC_URL,
    readOnly: config.BULL_BOARD_READ_ONLY,
    secure: config.NODE_ENV === 'production',
  })
  return app

  function isStopping(): boolean {
    return closing.aborted || deps.isStopping?.() === true
  }
}

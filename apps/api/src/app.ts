import type { ApiKeys } from '@reelay/db/api-keys'
import type { CredentialState } from '@reelay/db/credential-states'
import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { Tasks } from '@reelay/db/tasks'
import type { UserRepository } from '@reelay/db/user-repository'
import type { MediaStore } from '@reelay/media/store'
import type { CallCounts } from '@reelay/queue/call-counts'
import type { Presence } from '@reelay/queue/presence'
import type { ProgressListener, ProgressPublisher } from '@reelay/queue/progress'
import type { Queues } from '@reelay/queue/queues'
import type { Tickets } from '@reelay/queue/tickets'
import type { ExplainTaskDeps } from '@reelay/relay/explain/explain-task'
import type { Events } from '@reelay/telemetry/events'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { authentication, createRequireAdmin } from './accounts/authentication.ts'
import { createCredentialsCheck } from './accounts/credentials-check.ts'
import type { Passwords } from './accounts/passwords.ts'
import { accountRoutes } from './accounts/routes.ts'
import { admin } from './admin/admin.ts'
import { adminRoutes } from './admin/routes.ts'
import type { ApiConfig } from './config.ts'
import { contentRoutes } from './content/routes.ts'
import { installAdmission } from './feed/admission.ts'
import { createFeed } from './feed/feed.ts'
import { feedRoutes } from './feed/routes.ts'
import { installClosing } from './http/closing.ts'
import { edge } from './http/edge.ts'
import { installLimits } from './http/limits.ts'
import { createLinks } from './http/links.ts'
import { createServer } from './http/server.ts'
import { createKeyHolders } from './keys/key-holders.ts'
import { keyRoutes } from './keys/routes.ts'
import { documentation } from './openapi/document.ts'
import { registerApiMetrics } from './operations/metrics.ts'
import { operationRoutes } from './operations/routes.ts'
import { studioPolicy } from './studio/policy.ts'
import { studioFolder, studioRoutes } from './studio/routes.ts'
import { createPresenter } from './tasks/present.ts'
import { videoRoutes } from './video-routes.ts'

export type AppDeps = {
  config: ApiConfig
  log: Logger
  tasks: Tasks
  users: UserRepository
  apiKeys: ApiKeys
  passwords: Passwords
  moves: Moves
  ledger: Pick<Ledger, 'holdsOf' | 'openSubmissions'> & ExplainTaskDeps['ledger']
  queues: Queues
  publish: ProgressPublisher
  listener: ProgressListener
  counter: Redis
  tickets: Tickets
  store: MediaStore
  upstreams: Upstreams
  credentialStates: () => Promise<CredentialState[]>
  callCounts: CallCounts
  presence: Pick<Presence, 'count'>
  events: Events
  registry: Registry
  pingPostgres: () => Promise<void>
  traceRequests?: (app: FastifyInstance) => Promise<void>
  /** Whether Redis took the last second's write. */
  isRedisWritable?: () => boolean
  /** Whether the process has been told to stop, which is before the app is closed. */
  isStopping?: () => boolean
  /** How long a picture may be under way; as the small print says without it. */
  pictureTimes?: { silentMs?: number; fetchMs?: number }
  studioFolder?: string
}

/** The api with everything it uses handed in; never listens. The order is that in which a request meets the parts. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { config, users, passwords, listener, events, registry } = deps
  const { publicUrl, trustedProxies, corsOrigins, shedAtDelayMs } = config.server
  const { secret } = config.tokens
  const app = createServer({ trustedProxies, log: deps.log, silentMs: deps.pictureTimes?.silentMs })
  await deps.traceRequests?.(app)
  const links = createLinks({ publicUrl, secret })
  const present = createPresenter(links, deps.ledger, deps.upstreams)
  const feed = createFeed({ ...deps, ...config.feed, present })
  registerApiMetrics(registry, events, {
    openFeeds: feed.size,
    credentials: deps.upstreams.registry.credentials.map(({ id }) => id),
  })
  const closing = installClosing(app, { isStopping, endStreams: feed.close })

  const { perProcess, perUser } = config.feed.limits
  installAdmission(app, { waiting: perProcess, together: perUser, patienceMs: 5000 })
  await app.register(edge, { corsOrigin: corsOrigins, shedAtDelayMs })
  const keyHolders = createKeyHolders(deps.apiKeys, deps.log)
  await app.register(authentication, { ...config.tokens, users, keyHolders })
  const limits = await installLimits(app, {
    redis: deps.counter,
    prefix: config.redis.prefix,
    secret,
    perMinute: config.limits.requestsPerMinute,
  })
  await app.register(documentation, { open: config.docs.isOpen })

  const isRedisConnected = () => listener.isConnected() && deps.isRedisWritable?.() !== false
  const checkCredentials = createCredentialsCheck({ users, passwords, limits })
  const shared = { ...deps, links, present, feed, closing, limits, checkCredentials, times: config.explain }
  await app.register(operationRoutes, { ...shared, guard: config.metrics, isRedisConnected, isStopping })
  await app.register(accountRoutes, { ...shared, registration: config.accounts.registration })
  await app.register(keyRoutes, shared)
  await app.register(videoRoutes, {
    ...shared,
    ...config.tasks,
    pictureOrigins: config.upstream.contentOrigins,
    fetchPictureMs: deps.pictureTimes?.fetchMs,
    maxUnfinished: config.limits.unfinishedPerUser,
  })
  await app.register(contentRoutes, shared)
  await app.register(feedRoutes, shared)
  const requireAdmin = createRequireAdmin(deps)
  await app.register(adminRoutes, { ...shared, isRedisConnected: listener.isConnected, requireAdmin })
  await app.register(admin, {
    ...shared,
    ...config.board,
    publicUrl,
    secure: config.isProduction,
    isRedisConnected: listener.isConnected,
  })
  await app.register(studioRoutes, {
    folder: deps.studioFolder ?? studioFolder,
    policy: studioPolicy(config),
  })
  return app

  function isStopping(): boolean {
    return closing.aborted || deps.isStopping?.() === true
  }
}

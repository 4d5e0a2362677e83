import { Password, Username } from '@reelay/contracts/auth'
import {
  baseUrl,
  commonEnvironment,
  digits,
  host,
  origins,
  parseEnvironment,
  sendingTimes,
  toldEnvironment,
  upstreamEnvironment,
  upstreamTimeouts,
  wholeNumber,
} from '@reelay/contracts/environment'
import { mediaConfigOf, mediaEnvironment, mediaProblems } from '@reelay/contracts/media-environment'
import { tracingConfigOf, tracingEnvironment } from '@reelay/contracts/tracing-environment'
import { readEnvironment } from '@reelay/upstream/registry/read-environment'
import { z } from 'zod'
import { bootProblems } from './config/boot-rules.ts'
import { edgeEnvironment } from './config/edge-environment.ts'

const MIB = 1024 * 1024

export const apiEnvironment = z
  .object({
    ...commonEnvironment,
    ...upstreamEnvironment,
    PORT: wholeNumber(3001, { max: 65_535 }).describe('Port of the api'),
    HOST: host.default('127.0.0.1').describe('Address that the api listens on'),
    PUBLIC_URL: baseUrl.optional().describe('Makes links absolute; without it they start with /'),
    JWT_SECRET: z.string().min(1).describe('Signs tokens and links; at least 32 bytes in production'),
    JWT_EXPIRES_IN: z
      .string()
      .regex(/^[1-9]\d{0,5}[smhd]$/, 'must look like 7d, 12h, 30m or 45s')
      .default('7d')
      .describe('Life of a token'),
    REGISTRATION: z
      .enum(['open', 'closed'])
      .default('open')
      .describe('Whether strangers may make an account'),
    ADMIN_USERNAME: Username.optional().describe(
      'Account with the role ADMIN, made at start unless it exists',
    ),
    ADMIN_PASSWORD: Password.optional().describe('Password that ADMIN_USERNAME is made with'),
    ...edgeEnvironment,
    STOP_DELAY_MS: wholeNumber(0, { max: 60_000 }).describe(
      'Between becoming unready and closing at SIGTERM, for balancers to notice',
    ),
    BULL_BOARD_READ_ONLY: z
      .stringbool()
      .default(false)
      .describe('Whether the board at /admin/queues only shows'),
    REMIX_ACCEPT_WAIT_MS: wholeNumber(2000, { max: 60_000 }).describe(
      'How long a remix waits for upstream’s acceptance before it returns 202',
    ),
    ...toldEnvironment,
    UPLOAD_MAX_BYTES: wholeNumber(512 * MIB, { min: 1024 }).describe(
      'Largest clip that a user may upload; as many bytes lie in the temporary folder meanwhile',
    ),
    MAX_UNFINISHED_PER_USER: digits({ min: 1 })
      .optional()
      .describe('Tasks that one user may have unfinished; over it 429 too_many_unfinished'),
    SORA_CONTENT_ORIGINS: origins
      .optional()
      .describe(
        'Origins beside upstream’s own that videos may be fetched from though not public, as in http://cdn:9000',
      ),
    ...mediaEnvironment,
    SSE_HEARTBEAT_MS: wholeNumber(15_000, { min: 50 }).describe('Between two comments on an open feed'),
    SSE_PING_MS: wholeNumber(45_000, { min: 50 }).describe('Between two ping events on an open feed'),
    SSE_MAX_AGE_MS: wholeNumber(900_000, { min: 100 }).describe(
      'A feed ends after two thirds to all of this time',
    ),
    SSE_SLOW_CUT_MS: wholeNumber(30_000, { min: 100 }).describe(
      'A client that takes nothing for this long is cut',
    ),
    SSE_MAX_PER_USER: wholeNumber(20, { min: 1 }).describe('Open feeds of one user, per process'),
    SSE_MAX_PER_PROCESS: wholeNumber(20_000, { min: 1 }).describe('Open feeds of all users, per process'),
    ...tracingEnvironment,
  })
  .superRefine(
    (env, context) => {
      for (const { name, message } of [...bootProblems(env), ...mediaProblems(env)])
        context.addIssue({ code: 'custom', path: [name], message })
    },
    // With other problems, too: all of them are listed at once.
    { when: () => true },
  )

export type ApiConfig = ReturnType<typeof readConfig>

export const addressVariables = { port: 'PORT', host: 'HOST' }

/** The api's environment, parsed once at boot. Throws EnvironmentError. */
export function readConfig(variables: Record<string, string | undefined> = process.env) {
  const { env, registry } = readEnvironment(() => parseEnvironment(apiEnvironment, variables), variables)
  const isProduction = env.NODE_ENV === 'production'
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = env
  return Object.freeze({
    isProduction,
    log: { level: env.LOG_LEVEL, isDevelopment: env.NODE_ENV === 'development' },
    database: { url: env.DATABASE_URL },
    redis: { url: env.REDIS_URL, prefix: env.REDIS_PREFIX },
    server: {
      port: env.PORT,
      host: env.HOST,
      publicUrl: env.PUBLIC_URL,
      corsOrigins: env.CORS_ORIGIN,
      trustedProxies: env.TRUST_PROXY,
      shedAtDelayMs: env.SHED_AT_DELAY_MS,
      stopDelayMs: env.STOP_DELAY_MS,
    },
    tokens: { secret: env.JWT_SECRET, expiresIn: env.JWT_EXPIRES_IN },
    accounts: {
      registration: env.REGISTRATION,
      firstAdmin: username && password ? { username, password } : undefined,
    },
    limits: { requestsPerMinute: env.RATE_LIMIT_PER_MINUTE, unfinishedPerUser: env.MAX_UNFINISHED_PER_USER },
    tasks: {
      acceptWaitMs: env.REMIX_ACCEPT_WAIT_MS,
      uploadMaxBytes: env.UPLOAD_MAX_BYTES,
      pollIntervalMs: env.POLL_INTERVAL_MS,
    },
    explain: {
      ...sendingTimes(env),
      windowMs: env.RECONCILE_WINDOW_MS,
      deadlineMs: env.TASK_DEADLINE_MS,
      sweepIntervalMs: env.SWEEP_INTERVAL_MS,
    },
    feed: {
      times: {
        heartbeatMs: env.SSE_HEARTBEAT_MS,
        pingMs: env.SSE_PING_MS,
        maxAgeMs: env.SSE_MAX_AGE_MS,
        slowCutMs: env.SSE_SLOW_CUT_MS,
      },
      limits: { perUser: env.SSE_MAX_PER_USER, perProcess: env.SSE_MAX_PER_PROCESS },
    },
    upstream: {
      ...upstreamTimeouts(env),
      registry,
      contentOrigins: env.SORA_CONTENT_ORIGINS ?? [],
    },
    media: mediaConfigOf(env),
    content: { redirects: env.MEDIA_REDIRECT === 'on' },
    tracing: tracingConfigOf(env, 'api'),
    metrics: { token: env.METRICS_TOKEN, isProduction },
    docs: { isOpen: (env.DOCS ?? (isProduction ? 'closed' : 'open')) === 'open' },
    board: { readOnly: env.BULL_BOARD_READ_ONLY },
  })
}

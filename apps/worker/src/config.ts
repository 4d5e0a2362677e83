import {
  commonEnvironment,
  digits,
  host,
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

export const workerEnvironment = z
  .object({
    ...commonEnvironment,
    ...upstreamEnvironment,
    ...toldEnvironment,
    TASK_OVERDUE_MS: wholeNumber(600_000, { min: 1 }).describe(
      'Time after acceptance until a task counts as overdue and is polled every minute only',
    ),
    AUTO_RETRIES: wholeNumber(1, { max: 10 }).describe(
      'Second tries for a video that upstream failed for no lasting reason',
    ),
    LOCK_DURATION_MS: wholeNumber(10_000, { min: 500 }).describe(
      'BullMQ lock of a job; of a lane of polls 4000 at most',
    ),
    STALLED_INTERVAL_MS: wholeNumber(5000, { min: 200 }).describe(
      'Between two searches for jobs of dead workers; for lanes of polls 400 at most',
    ),
    SUBMIT_CONCURRENCY: wholeNumber(10, { min: 1, max: 1000 }).describe('Submissions at once, per process'),
    POLL_CONCURRENCY: wholeNumber(200, { min: 1, max: 10_000 }).describe(
      'Polls at once, per key and process; one that takes longer than 250 ms no longer counts',
    ),
    SUBMIT_RATE_PER_MINUTE: digits({ min: 1 })
      .optional()
      .describe('Most submissions a minute over all workers, evenly spread'),
    ARCHIVE: z
      .enum(['on', 'off'])
      .default('on')
      .describe('Whether clips of videos that complete are copied to our own store'),
    ARCHIVE_CONCURRENCY: wholeNumber(4, { min: 1, max: 100 }).describe('Clips copied at once, per process'),
    CLIP_RETENTION_DAYS: digits({ min: 1, max: 36_500 })
      .optional()
      .describe('Clips are removed from our own store after so many days; without it they are kept'),
    MEDIA_SWEEP_INTERVAL_MS: wholeNumber(3_600_000, { min: 50 }).describe(
      'Between two searches for clips and pictures that are to be removed',
    ),
    MEDIA_ORPHAN_MS: wholeNumber(86_400_000, { min: 0 }).describe(
      'What no task names is removed from our own store when it is older',
    ),
    ...mediaEnvironment,
    WORKER_PORT: wholeNumber(0, { max: 65_535 }).describe(
      'Port of /health, /health/ready and /metrics; 0 opens none',
    ),
    WORKER_HOST: host.default('127.0.0.1').describe('Address of WORKER_PORT'),
    ...tracingEnvironment,
  })
  // Where one of them is no number, that alone is the problem.
  .refine((env) => !(env.RECONCILE_WINDOW_MS <= env.SORA_SUBMIT_TIMEOUT_MS), {
    path: ['RECONCILE_WINDOW_MS'],
    message: 'must be longer than SORA_SUBMIT_TIMEOUT_MS',
  })
  .superRefine(
    (env, context) => {
      for (const { name, message } of mediaProblems(env))
        context.addIssue({ code: 'custom', path: [name], message })
    },
    // With other problems, too: all of them are listed at once.
    { when: () => true },
  )

export type WorkerConfig = ReturnType<typeof readConfig>

const DAY_MS = 86_400_000

/** The worker's environment, parsed once at boot. Throws EnvironmentError. */
export function readConfig(variables: Record<string, string | undefined> = process.env) {
  const { env, registry } = readEnvironment(() => parseEnvironment(workerEnvironment, variables), variables)
  return Object.freeze({
    isProduction: env.NODE_ENV === 'production',
    log: { level: env.LOG_LEVEL, isDevelopment: env.NODE_ENV === 'development' },
    database: { url: env.DATABASE_URL },
    redis: { url: env.REDIS_URL, prefix: env.REDIS_PREFIX },
    upstream: { ...upstreamTimeouts(env), registry },
    task: {
      overdueMs: env.TASK_OVERDUE_MS,
      deadlineMs: env.TASK_DEADLINE_MS,
      autoRetries: env.AUTO_RETRIES,
    },
    submit: {
      concurrency: env.SUBMIT_CONCURRENCY,
      ratePerMinute: env.SUBMIT_RATE_PER_MINUTE,
      ...sendingTimes(env),
    },
    reconcile: { windowMs: env.RECONCILE_WINDOW_MS },
    poll: { concurrency: env.POLL_CONCURRENCY, intervalMs: env.POLL_INTERVAL_MS },
    archive: { isOn: env.ARCHIVE === 'on', concurrency: env.ARCHIVE_CONCURRENCY },
    media: mediaConfigOf(env),
    mediaSweep: {
      intervalMs: env.MEDIA_SWEEP_INTERVAL_MS,
      orphanMs: env.MEDIA_ORPHAN_MS,
      retentionMs: env.CLIP_RETENTION_DAYS && env.CLIP_RETENTION_DAYS * DAY_MS,
    },
    sweep: { intervalMs: env.SWEEP_INTERVAL_MS },
    jobs: { lockMs: env.LOCK_DURATION_MS, stalledCheckMs: env.STALLED_INTERVAL_MS },
    tracing: tracingConfigOf(env, 'worker'),
    health: { port: env.WORKER_PORT, host: env.WORKER_HOST, token: env.METRICS_TOKEN },
  })
}

import { z } from 'zod'
import { readDatabaseUrl } from './database-url.ts'
import { readRedisUrl } from './redis-url.ts'

/** A whole number from the environment, with its default. */
export function wholeNumber(fallback: number, { min = 0, max = 1_000_000_000 } = {}) {
  return z.coerce.number().int().min(min).max(max).default(fallback)
}

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).refine((text) => {
  const url = URL.parse(text)
  return !url || (url.username === '' && url.password === '')
}, 'must not carry a user name: the key belongs in SORA_API_KEY')

/** Origins as in `https://host:8443`, separated by commas. */
export const origins = z.string().transform((text, context) =>
  text.split(',').map((item) => {
    const url = URL.parse(item.trim())
    const isOrigin =
      url !== null && /^https?:$/.test(url.protocol) && item.trim().replace(/\/$/, '') === url.origin
    if (!isOrigin) context.addIssue('must be origins as in https://host, separated by commas')
    return url?.origin ?? ''
  }),
)

/** The address of a store, without the newline that a file of secrets ends with. */
function address(read: (text: string) => { problems: string[] }) {
  return z
    .string()
    .trim()
    .superRefine((text, context) => {
      for (const problem of read(text).problems) context.addIssue(problem)
    })
}

/** What every process of Reelay reads. */
export const commonEnvironment = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe(
      'production refuses short or example secrets, CORS_ORIGIN=*, LOG_LEVEL=trace, and plain http to upstream beyond private networks',
    ),
  DATABASE_URL: address(readDatabaseUrl).describe('Postgres, the record'),
  REDIS_URL: address(readRedisUrl).describe('Redis, the alarm clock and the doorbell'),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'must be 1 to 40 letters, digits, dashes or underscores')
    .default('reelay')
    .describe('First part of every Redis key'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe log line that is written'),
  METRICS_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe('Bearer token that /metrics wants; without one production answers this machine only'),
}

/** How to reach upstream. No vendor is a default. */
export const soraEnvironment = {
  SORA_BASE_URL: httpUrl.describe('Upstream with its path prefix, as in https://host/v1'),
  SORA_API_KEY: z.string().min(1).describe('Key for upstream'),
  SORA_AUTH: z
    .enum(['bearer', 'raw', 'api-key'])
    .default('bearer')
    .describe('Authorization: Bearer KEY, Authorization: KEY, or api-key: KEY'),
  SORA_REMIX_VERB: z
    .enum(['remix', 'edits'])
    .default('remix')
    .describe('POST /videos/{id}/remix, or POST /videos/edits where remix is gone'),
  SORA_REMIX_MODEL: z
    .enum(['omit', 'send'])
    .default('omit')
    .describe('Whether a remix names its model; OpenAI inherits it, some relays want it'),
  SORA_RECONCILE: z
    .enum(['list', 'none'])
    .default('list')
    .describe('Whether lost answers are looked for in upstream’s list, or upstream has none'),
  SORA_SUBMIT_TIMEOUT_MS: wholeNumber(60_000, { min: 100 }).describe(
    'From the first byte of a paid POST to the end of its answer',
  ),
  SORA_POLL_TIMEOUT_MS: wholeNumber(15_000, { min: 100 }).describe(
    'One look at upstream; content streams have an idle timeout only',
  ),
  SEND_WINDOW_MS: wholeNumber(2000, { min: 50 }).describe(
    'The first byte of a paid POST leaves within this time of its record, or not at all',
  ),
}

const ownNetwork =
  /^([^.[]+|.*\.(local|localhost|internal|svc)|(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+)+|\[(::1|f[cd].*)\])$/

/**
 * Whether the key would cross other people's networks in the clear: http in production, to a host that is none
 * of one's own by name or address.
 */
export function sendsKeyInTheClear(env: { NODE_ENV: string; SORA_BASE_URL: string }): boolean {
  if (!URL.canParse(env.SORA_BASE_URL)) return false
  const { protocol, hostname } = new URL(env.SORA_BASE_URL)
  return env.NODE_ENV === 'production' && protocol === 'http:' && !ownNetwork.test(hostname)
}

/** The problem that is reported then. */
export const keyInTheClear = {
  path: ['SORA_BASE_URL'],
  message: 'must be https in production unless the host is on a private network',
  // With other problems, too: all of them are listed at once.
  when: () => true,
}

export type SoraEnvironment = z.infer<z.ZodObject<typeof soraEnvironment>>

/** A bad environment: every problem at once, by name and without values. */
export class EnvironmentError extends Error {
  constructor(problems: string[]) {
    super(['The environment is not complete:', ...problems.map((problem) => `  ${problem}`)].join('\n'))
  }
}

/** Reads a process's environment; empty variables count as absent. Throws EnvironmentError. */
export function parseEnvironment<T extends z.ZodType>(
  schema: T,
  env: Record<string, string | undefined>,
): Readonly<z.infer<T>> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(present)
  if (parsed.success) return Object.freeze(parsed.data)
  throw new EnvironmentError(
    parsed.error.issues.map(({ path, message }) => {
      const name = path.join('.')
      return present[name] === undefined && name !== ''
        ? `${name} is missing`
        : `${name || 'environment'}: ${message}`
    }),
  )
}

/** What `read` answers. When it throws the process ends, with the message alone: for the first lines of a program. */
export function orExit<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}

/** What `createSoraClient` of packages/sora takes, from a parsed environment. */
export function soraOptions(env: SoraEnvironment) {
  return {
    baseUrl: env.SORA_BASE_URL,
    apiKey: env.SORA_API_KEY,
    auth: env.SORA_AUTH,
    remixVerb: env.SORA_REMIX_VERB,
    remixModel: env.SORA_REMIX_MODEL,
    submitTimeoutMs: env.SORA_SUBMIT_TIMEOUT_MS,
    pollTimeoutMs: env.SORA_POLL_TIMEOUT_MS,
    sendWindowMs: env.SEND_WINDOW_MS,
  }
}

import { z } from 'zod'
import { readDatabaseUrl } from './database-url.ts'
import { problemOf, problems } from './problems.ts'
import { readRedisUrl } from './redis-url.ts'

type Bounds = { min?: number; max?: number }

/** A whole number from the environment, in digits alone: what 1e3 or 5s means is for nobody to guess. */
export function digits({ min = 0, max = 1_000_000_000 }: Bounds = {}) {
  const message = `must be a whole number from ${min} to ${max}`
  const number = z.number().min(min, message).max(max, message)
  return z.string().regex(/^\d+$/, message).transform(Number).pipe(number)
}

export function wholeNumber(fallback: number, bounds: Bounds = {}) {
  return digits(bounds).default(fallback)
}

export const baseUrl = z.string().superRefine((text, context) => {
  const url = URL.parse(text)
  // What the parser of URLs would mend in silence is no URL here.
  if (!url || !/^https?:\/\/[^\s\\]+$/i.test(text)) return context.addIssue('must be an http or https URL')
  if (url.username !== '' || url.password !== '') context.addIssue('must not carry a user name or password')
  if (/[?#]/.test(text)) context.addIssue('must end with its path: no ? and no #')
})

export const headerText = z.string().regex(/^[\x20-\x7e]*$/, 'must be printable ASCII characters')

/** Where to listen. Fewer than four numbers would be read as an address that nobody meant: 0 as every one of the machine. */
export const host = z
  .string()
  .regex(/^(?!(0x[\da-f]+|\d+)(\.(0x[\da-f]+|\d+)){0,2}$)[\w.:%-]+$/i, 'must be an address or a host name')

export function originOf(text: string): string | undefined {
  const url = URL.parse(text)
  const isOrigin = url !== null && /^https?:\/\/[^/?#@\s\\*]+\/?$/i.test(text)
  return isOrigin ? url.origin : undefined
}

export const origins = z.string().transform((text, context) => {
  const found = text.split(',').map((item) => originOf(item.trim()))
  if (found.includes(undefined)) context.addIssue('must be origins as in https://host, separated by commas')
  return found.filter((origin) => origin !== undefined)
})

/** The address of a store, without the newline that a file of secrets ends with. */
function address(read: (text: string) => { problems: string[] }) {
  return z
    .string()
    .trim()
    .superRefine((text, context) => {
      for (const problem of read(text).problems) context.addIssue(problem)
    })
}

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
  METRICS_TOKEN: headerText
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe('Bearer token that /metrics wants; without one production serves this machine only'),
}

/** What the worker keeps to, and the api tells of: when it looks, and until when. */
export const toldEnvironment = {
  POLL_INTERVAL_MS: wholeNumber(5000, { min: 50 }).describe('Between two looks at one video'),
  TASK_DEADLINE_MS: wholeNumber(86_400_000, { min: 1 }).describe(
    'Time after which an attempt ends as timeout',
  ),
  RECONCILE_WINDOW_MS: wholeNumber(120_000, { min: 1 }).describe(
    'How long a lost answer is looked for; longer than SORA_SUBMIT_TIMEOUT_MS',
  ),
  SWEEP_INTERVAL_MS: wholeNumber(10_000, { min: 50 }).describe(
    'Between two searches for tasks that nobody works on',
  ),
  SORA_MAX_IN_FLIGHT: digits({ min: 1 })
    .optional()
    .describe('Most videos that upstream makes at a time; further tasks wait as QUEUED'),
}

export const databaseEnvironment = z.object({ DATABASE_URL: commonEnvironment.DATABASE_URL })

const registered = () => z.string().optional()

/** Where upstreams are and with what they are asked: what is wrong with these is for packages/upstream's registry to say. */
export const registryEnvironment = {
  UPSTREAMS: registered().describe(
    'YAML or JSON file of upstreams and their keys, in place of SORA_BASE_URL, SORA_API_KEY, SORA_AUTH and SORA_DIALECT',
  ),
  SORA_BASE_URL: registered().describe(
    'The one upstream, with its path prefix, as in https://host/v1; required without UPSTREAMS',
  ),
  SORA_API_KEY: registered().describe('Key for it; required unless its dialect sends none'),
  SORA_AUTH: registered().describe(
    'How the key is sent where not as the dialect says: bearer, raw (Authorization: KEY) or api-key',
  ),
  SORA_DIALECT: registered().describe(
    'How it speaks: openai (the default), another built-in name, or a file',
  ),
}

export const upstreamEnvironment = {
  ...registryEnvironment,
  SORA_SUBMIT_TIMEOUT_MS: wholeNumber(60_000, { min: 100 }).describe(
    'From the first byte of a paid POST to the end of its answer; sending a picture or a clip is within it',
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

export const keyInTheClear = {
  path: ['SORA_BASE_URL'],
  message: 'must be https in production unless the host is on a private network',
  // With other problems, too: all of them are listed at once.
  when: () => true,
}

export type UpstreamEnvironment = z.infer<z.ZodObject<typeof upstreamEnvironment>>

const SENDING_MARGIN_MS = 5000

export class EnvironmentError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['The environment is not complete:', ...problems.map((problem) => `  ${problem}`)].join('\n'))
    this.problems = problems
  }
}

/**
 * Reads a process's environment as a shell would have made it: without white space around a value, such as the end of
 * the line of a secret's file, and without the quotes that some readers of .env leave. Empty variables count as
 * absent. Throws EnvironmentError.
 */
export function parseEnvironment<T extends z.ZodType>(
  schema: T,
  env: Record<string, string | undefined>,
): Readonly<z.infer<T>> {
  const present = Object.fromEntries(
    Object.entries(env)
      .map(([name, value = '']) => [name, unquoted(value)] as const)
      .filter(([, value]) => value !== ''),
  )
  // Our words where a schema has none of its own: zod's would show what it was given.
  const parsed = schema.safeParse(present, {
    reportInput: true,
    error: (issue) => problemOf(issue as z.core.$ZodIssue).en,
  })
  if (parsed.success) return Object.freeze(parsed.data)
  throw new EnvironmentError(
    parsed.error.issues.map(({ path, message }) => {
      const name = path.join('.')
      return message === problems.required.en ? `${name} is missing` : `${name || 'environment'}: ${message}`
    }),
  )
}

function unquoted(value: string): string {
  const text = value.trim()
  const [, , inner = text] = /^(["'])(.*)\1$/s.exec(text) ?? []
  return inner.trim()
}

type VariableValue = { name: string; value: string | number }

export function listenError(error: NodeJS.ErrnoException, port: VariableValue, host: VariableValue): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `${port.name}: ${port.value} of ${host.value} is taken by another process`,
    EACCES: `${port.name}: ${port.value} is not for this user to listen on`,
    EADDRNOTAVAIL: `${host.name}: ${host.value} is no address of this machine`,
    ENOTFOUND: `${host.name}: ${host.value} is no address of this machine`,
    EAI_AGAIN: `${host.name}: ${host.value} is not known to this machine`,
    EINVAL: `${host.name}: ${host.value} is no address to listen on`,
  }
  return new Error(
    `Can’t listen: ${reasons[error.code ?? ''] ?? `${host.name}, ${port.name}: ${error.message}`}`,
  )
}

/** Returns what `read` returns. When it throws the process ends, with the message alone and no stack. */
export function orExit<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return exitWith(error as Error)
  }
}

export function exitWith({ message }: Error): never {
  console.error(message)
  process.exit(1)
}

export function upstreamTimeouts(env: UpstreamEnvironment) {
  return {
    submitTimeoutMs: env.SORA_SUBMIT_TIMEOUT_MS,
    pollTimeoutMs: env.SORA_POLL_TIMEOUT_MS,
    sendWindowMs: env.SEND_WINDOW_MS,
  }
}

/** How long a submission may be on its way, from its record on: until its first byte leaves, and until its answer. */
export function sendingTimes(env: UpstreamEnvironment) {
  return {
    sendWindowMs: env.SEND_WINDOW_MS,
    sendingMs: env.SEND_WINDOW_MS + env.SORA_SUBMIT_TIMEOUT_MS + SENDING_MARGIN_MS,
  }
}

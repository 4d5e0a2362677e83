import { z } from 'zod'
import { authStyles } from './auth.ts'
import { dialectNames } from './dialects/all.ts'

/** In digits alone: what 1e3 or 5s means is for nobody to guess. */
function wholeNumber(max: number) {
  const message = `must be a whole number from 0 to ${max}`
  return z.string().regex(/^\d+$/, message).transform(Number).pipe(z.number().max(max, message))
}

const port = wholeNumber(65_535)
const milliseconds = wholeNumber(1_000_000_000)

const environment = z.object({
  SIMULATOR_DIALECT: z.enum(dialectNames).default('openai').describe('the server it speaks like'),
  SIMULATOR_PORT: port.default(4010).describe('0 picks a free port'),
  SIMULATOR_HOST: z.string().min(1).default('127.0.0.1').describe('the admin routes stay loopback only'),
  SIMULATOR_PREFIX: z
    .string()
    .regex(/^(\/[\w-]+)+$/, 'must look like /v1 or /sora/v1')
    .optional()
    .describe('where the API is, if not where the dialect has it; /sora/v1 also puts video_url in the body'),
  SIMULATOR_AUTH: z
    .enum(authStyles)
    .optional()
    .describe('how the key is sent, if not as the dialect wants it'),
  SIMULATOR_KEY: z
    .string()
    .default('sk-simulator')
    .transform((text) => text.split(',').map((key) => key.trim()))
    .refine((keys) => keys.every(Boolean), 'must be a key, or several between commas')
    .refine((keys) => new Set(keys).size === keys.length, 'must not name a key twice')
    .describe('the keys that are accepted, between commas'),
  SIMULATOR_ISOLATE_KEYS: z.stringbool().default(true).describe('a key knows its own videos only'),
  SIMULATOR_QUEUED_MS: milliseconds.default(2000).describe('how long a video is queued'),
  SIMULATOR_RENDER_MS: milliseconds.default(14_000).describe('how long it is in progress after that'),
  SIMULATOR_POLL_AFTER_MS: milliseconds.optional().describe('sent as openai-poll-after-ms while unfinished'),
  SIMULATOR_ONE_CLIP: z.stringbool().default(false).describe('all videos share one clip, rendered once'),
  SIMULATOR_CLIP_BYTES: wholeNumber(1_000_000_000)
    .default(0)
    .describe('clips have at least so many bytes, and no two are the same'),
})

export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const given = Object.entries(env).map(([name, value = '']) => [name, unquoted(value)])
  const parsed = environment.safeParse(Object.fromEntries(given.filter(([, value]) => value !== '')))
  if (!parsed.success) throw new Error(`Invalid environment\n${z.prettifyError(parsed.error)}`)

  const { data } = parsed
  return Object.freeze({
    port: data.SIMULATOR_PORT,
    host: data.SIMULATOR_HOST,
    dialect: data.SIMULATOR_DIALECT,
    prefix: data.SIMULATOR_PREFIX,
    auth: data.SIMULATOR_AUTH,
    keys: data.SIMULATOR_KEY.map((key) => ({ key })),
    isolateKeys: data.SIMULATOR_ISOLATE_KEYS,
    script: { queuedMs: data.SIMULATOR_QUEUED_MS, renderMs: data.SIMULATOR_RENDER_MS },
    pollAfterMs: data.SIMULATOR_POLL_AFTER_MS,
    oneClip: data.SIMULATOR_ONE_CLIP,
    clipBytes: data.SIMULATOR_CLIP_BYTES,
  })
}

/** As a shell would have made it of a line of a file. */
function unquoted(value: string): string {
  const text = value.trim()
  return (/^(["'])(.*)\1$/s.exec(text)?.[2] ?? text).trim()
}

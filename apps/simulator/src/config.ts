import { z } from 'zod'

const milliseconds = z.coerce.number().int().nonnegative()

const environment = z.object({
  SIMULATOR_PORT: z.coerce.number().int().min(0).max(65535).default(4010).describe('0 picks a free port'),
  SIMULATOR_HOST: z.string().min(1).default('127.0.0.1').describe('the admin routes stay loopback only'),
  SIMULATOR_PREFIX: z
    .string()
    .regex(/^(\/[\w-]+)+$/, 'must look like /v1 or /sora/v1')
    .default('/v1')
    .describe('/sora/v1 also puts video_url in the body'),
  SIMULATOR_AUTH: z.enum(['bearer', 'raw', 'api-key']).default('bearer').describe('how the key is sent'),
  SIMULATOR_KEY: z.string().min(1).default('sk-simulator').describe('the one key that is accepted'),
  SIMULATOR_QUEUED_MS: milliseconds.default(2000).describe('how long a video is queued'),
  SIMULATOR_RENDER_MS: milliseconds.default(14_000).describe('how long it is in progress after that'),
  SIMULATOR_POLL_AFTER_MS: milliseconds.optional().describe('sent as openai-poll-after-ms while unfinished'),
  SIMULATOR_ONE_CLIP: z.stringbool().default(false).describe('all videos share one clip, rendered once'),
})

/** Reads the simulator's environment, or throws one error that lists every problem. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const given = Object.entries(env).map(([name, value = '']) => [name, value.trim()])
  const parsed = environment.safeParse(Object.fromEntries(given.filter(([, value]) => value !== '')))
  if (!parsed.success) throw new Error(`Invalid environment\n${z.prettifyError(parsed.error)}`)

  const { data } = parsed
  return Object.freeze({
    port: data.SIMULATOR_PORT,
    host: data.SIMULATOR_HOST,
    prefix: data.SIMULATOR_PREFIX,
    auth: data.SIMULATOR_AUTH,
    key: data.SIMULATOR_KEY,
    script: { queuedMs: data.SIMULATOR_QUEUED_MS, renderMs: data.SIMULATOR_RENDER_MS },
    pollAfterMs: data.SIMULATOR_POLL_AFTER_MS,
    oneClip: data.SIMULATOR_ONE_CLIP,
  })
}

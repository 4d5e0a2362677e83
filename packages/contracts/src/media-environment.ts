import { z } from 'zod'
import { baseUrl } from './environment.ts'
import { problems } from './problems.ts'

export const mediaEnvironment = {
  MEDIA_DIR: z
    .string()
    .default('.local/media')
    .describe('Folder of pictures and clips, the same for api and worker; not used with MEDIA_S3_BUCKET'),
  MEDIA_S3_ENDPOINT: baseUrl
    .optional()
    .describe('S3, or what speaks like it, in place of MEDIA_DIR; addressed by path'),
  MEDIA_S3_REGION: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits and dashes')
    .default('us-east-1')
    .describe('Its region; most others than Amazon’s take any'),
  MEDIA_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9.-]{3,63}$/, 'must be 3 to 63 lower case letters, digits, dots or dashes')
    .optional()
    .describe('Bucket there, which exists'),
  MEDIA_S3_ACCESS_KEY_ID: z.string().optional().describe('Key for it: puts, gets, lists and deletes objects'),
  MEDIA_S3_SECRET_ACCESS_KEY: z.string().optional().describe('Its secret'),
  MEDIA_REDIRECT: z
    .enum(['on', 'off'])
    .default('off')
    .describe('on sends those who open a clip to a signed address of S3, which they must reach'),
}

const s3Names = [
  'MEDIA_S3_ENDPOINT',
  'MEDIA_S3_BUCKET',
  'MEDIA_S3_ACCESS_KEY_ID',
  'MEDIA_S3_SECRET_ACCESS_KEY',
] as const

/** What the rules look at. Any of it may be missing when it was wrong by itself. */
export type MediaRules = { [name in (typeof s3Names)[number] | 'MEDIA_REDIRECT']?: string | undefined }

export type MediaProblem = { name: keyof MediaRules; message: string }

/** What stops a boot although each variable is right by itself. Never tells a value. */
export function mediaProblems(env: MediaRules): MediaProblem[] {
  const missing = s3Names.filter((name) => env[name] === undefined)
  if (missing.length === 0) return []
  if (missing.length < s3Names.length) return missing.map((name) => ({ name, message: problems.required.en }))
  return env.MEDIA_REDIRECT === 'on' ? [{ name: 'MEDIA_REDIRECT', message: 'needs MEDIA_S3_ENDPOINT' }] : []
}

export type MediaEnvironment = z.infer<z.ZodObject<typeof mediaEnvironment>>

/** What `openStore` of packages/media takes, from a parsed environment without problems. */
export function mediaConfigOf(env: MediaEnvironment) {
  const {
    MEDIA_S3_ENDPOINT: endpoint,
    MEDIA_S3_BUCKET: bucket,
    MEDIA_S3_ACCESS_KEY_ID: accessKeyId,
    MEDIA_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = env
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) return { folder: env.MEDIA_DIR }
  return { s3: { endpoint, region: env.MEDIA_S3_REGION, bucket, accessKeyId, secretAccessKey } }
}

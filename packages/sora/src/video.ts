import { ExternalTaskId } from '@reelay/contracts/task'
import { plainText } from '@reelay/contracts/text'
import { z } from 'zod'

export type VideoStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'unrecognised'

/** Upstream's video, whatever its dialect: only its id is sure. */
export type Video = {
  id: ExternalTaskId
  status: VideoStatus
  /** Upstream's own word, for the log when it is one that we don't know. */
  rawStatus: string
  /** 0..100, if upstream says. */
  progress?: number | undefined
  /** Seconds since 1970 by upstream's clock. */
  createdAt?: number | undefined
  prompt?: string | undefined
  remixedFrom?: string | undefined
  size?: string | undefined
  seconds?: string | undefined
  /** Where some servers say that the finished clip is. */
  url?: string | undefined
  error?: { code?: string | undefined; message?: string | undefined } | undefined
}

const words: Record<Exclude<VideoStatus, 'unrecognised'>, string[]> = {
  queued: ['queued', 'pending', 'submitted', 'created', 'starting', 'not_start', 'preparing'],
  in_progress: ['in_progress', 'processing', 'running', 'generating'],
  completed: ['completed', 'complete', 'succeeded', 'success', 'finished', 'done'],
  failed: ['failed', 'failure', 'fail', 'error', 'expired', 'aborted'],
  cancelled: ['cancelled', 'canceled'],
}
const statusByWord = new Map(
  Object.entries(words).flatMap(([status, spellings]) =>
    spellings.map((word) => [word, status as VideoStatus]),
  ),
)

const link = z
  .url({ protocol: /^https?$/ })
  .optional()
  .catch(undefined)
const linked = z.object({ url: link }).optional().catch(undefined)
const text = z.string().min(1).optional().catch(undefined)

/** Decodes a video leniently: unknown fields pass, odd optional ones are dropped. */
export const Video = z
  .object({
    id: ExternalTaskId,
    status: z.string().catch(''),
    progress: z.union([z.number(), z.string()]).optional().catch(undefined),
    created_at: z.number().positive().optional().catch(undefined),
    prompt: text,
    remixed_from_video_id: text,
    size: plainText(1, 64).optional().catch(undefined),
    seconds: z.union([z.string(), z.number()]).optional().catch(undefined),
    video_url: link,
    url: link,
    metadata: linked,
    output: linked,
    videos: z
      .array(z.object({ url: link }))
      .optional()
      .catch(undefined),
    error: z.object({ code: text, message: text }).optional().catch(undefined),
  })
  .transform(
    (raw): Video => ({
      id: raw.id,
      status: statusByWord.get(raw.status.toLowerCase()) ?? 'unrecognised',
      rawStatus: raw.status,
      progress: wholePercent(raw.progress),
      createdAt: raw.created_at && inSeconds(raw.created_at),
      prompt: raw.prompt,
      remixedFrom: raw.remixed_from_video_id,
      size: raw.size,
      seconds: length(raw.seconds),
      url:
        raw.video_url ??
        raw.url ??
        raw.metadata?.url ??
        raw.output?.url ??
        raw.videos?.find((v) => v.url)?.url,
      error: raw.error?.code || raw.error?.message ? raw.error : undefined,
    }),
  )

/** Servers send 33, 33.4 or "33%"; anything else tells nothing. */
function wholePercent(progress: number | string | undefined): number | undefined {
  const value = typeof progress === 'string' ? Number.parseFloat(progress) : progress
  if (value === undefined || !Number.isFinite(value)) return undefined
  return Math.max(0, Math.min(100, Math.floor(value)))
}

/** Servers send "8", 8 or "10.0". */
function length(seconds: string | number | undefined): string | undefined {
  const value = Number.parseFloat(String(seconds))
  return Number.isFinite(value) ? String(value) : undefined
}

/** Some relays send milliseconds where seconds belong. */
function inSeconds(instant: number): number {
  return instant > 1e11 ? Math.floor(instant / 1000) : instant
}

/** A page of videos. What has no id is left out: nobody could ever adopt it. */
export const VideoPage = z.object({
  data: z.array(z.unknown()).transform((items) => items.flatMap((item) => Video.safeParse(item).data ?? [])),
  last_id: ExternalTaskId.nullish().catch(undefined),
  has_more: z.boolean().catch(false),
})

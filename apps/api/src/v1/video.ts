import type { Video } from '@reelay/contracts/videos'
import type { TaskRow } from '@reelay/db/schema'
import { remixedFrom } from '@reelay/db/task-view'

export type VideoRow = Pick<
  TaskRow,
  | 'videoId'
  | 'status'
  | 'progress'
  | 'prompt'
  | 'model'
  | 'size'
  | 'seconds'
  | 'metadata'
  | 'errorCode'
  | 'errorMessage'
  | 'upstreamCode'
  | 'clip'
  | 'createdAt'
  | 'completedAt'
>

const statuses = {
  QUEUED: 'queued',
  PROCESSING: 'in_progress',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'failed',
} as const satisfies Record<TaskRow['status'], Video['status']>

/** How long upstreams keep a clip at least, as none of them promises more. */
const KEPT_UPSTREAM_S = 3600

export function videoOf(row: VideoRow): Video {
  const completed = row.status === 'COMPLETED' && row.completedAt ? secondsOf(row.completedAt) : null
  return {
    id: row.videoId,
    object: 'video',
    model: row.model ?? '',
    status: statuses[row.status],
    progress: row.progress,
    created_at: secondsOf(row.createdAt),
    completed_at: completed,
    expires_at: completed === null || row.clip ? null : completed + KEPT_UPSTREAM_S,
    prompt: row.prompt,
    size: row.size ?? '',
    seconds: row.seconds ?? '',
    remixed_from_video_id: remixedFrom(row).remixed_from ?? null,
    error: errorOf(row),
  }
}

function errorOf({ status, upstreamCode, errorCode, errorMessage }: VideoRow): Video['error'] {
  if (status === 'CANCELLED') return { code: 'cancelled', message: 'The task was cancelled' }
  if (status !== 'FAILED') return null
  const code = upstreamCode || errorCode || 'upstream_failed'
  return { code, message: errorMessage || code }
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

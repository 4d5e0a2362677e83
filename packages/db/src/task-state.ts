import { type TaskState, VideoId } from '@reelay/contracts/task'
import type { TaskRow } from './schema.ts'

/**
 * What anybody who may see the task may see of it, without prompt and metadata. `videoUrl` is left null:
 * it is a signed link, which the api stamps when it writes the task out and Redis never carries.
 */
export function toTaskState(row: TaskRow): TaskState {
  return {
    videoId: row.videoId,
    externalTaskId: row.externalTaskId,
    clientRequestId: row.clientRequestId,
    status: row.status,
    progress: row.progress,
    model: row.model,
    size: row.size,
    seconds: row.seconds,
    videoUrl: null,
    errorCode: row.errorCode,
    errorMessage: row.errorMessage,
    upstreamCode: row.upstreamCode,
    attempt: row.attempt,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    completedAt: row.completedAt?.toISOString() ?? null,
    ...remixedFrom(row),
    ...(row.overdue && row.status === 'PROCESSING' && { overdue: true as const }),
  }
}

/** Only what can be a source: a row may have been written by hand. */
export function remixedFrom({ metadata }: Pick<TaskRow, 'metadata'>): { remixed_from?: VideoId } {
  const source = VideoId.safeParse(metadata.remix_from)
  return source.success ? { remixed_from: source.data } : {}
}

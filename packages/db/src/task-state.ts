import type { TaskState } from '@reelay/contracts/task'
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
    ...(row.metadata.remix_from && { remixed_from: row.metadata.remix_from }),
    ...(row.overdue && row.status === 'PROCESSING' && { overdue: true as const }),
  }
}

import { errorCodes } from '@reelay/contracts/lifecycle'
import { ExternalTaskId, type TaskState, VideoId } from '@reelay/contracts/task'
import type { StoredClip, TaskRow } from './schema.ts'

/**
 * What anybody who may see the task may see of it, without prompt and metadata. `videoUrl` is left null:
 * it is a signed link, which the api stamps when it writes the task out and Redis never carries. What can't be in
 * a row, but was written by hand or by a newer version, is shown as the nearest that can, since a list with it would
 * otherwise be an error.
 */
export function toTaskView(row: TaskRow): TaskState {
  return {
    videoId: row.videoId,
    externalTaskId: ExternalTaskId.safeParse(row.externalTaskId).data ?? null,
    clientRequestId: row.clientRequestId,
    status: row.status,
    progress: row.progress,
    model: row.model,
    size: row.size,
    seconds: row.seconds,
    videoUrl: null,
    errorCode:
      (row.errorCode || null) && (errorCodes.find((code) => code === row.errorCode) ?? 'upstream_failed'),
    errorMessage: row.errorMessage,
    // A second try has that of the failure before it, which is told by the timeline.
    upstreamCode: row.errorCode ? row.upstreamCode : null,
    attempt: Math.max(1, row.attempt),
    version: Math.max(1, row.version),
    createdAt: isoText(row.createdAt),
    updatedAt: isoText(row.updatedAt),
    completedAt: row.completedAt && isoText(row.completedAt),
    archivedAt: row.archivedAt && isoText(row.archivedAt),
    clip: row.clip && clipOf(row.clip),
    archiveError: row.archive === 'lost' ? 'archive_lost' : null,
    ...(row.archive === 'pending' && { archiving: true as const }),
    ...remixedFrom(row),
    ...(row.overdue && row.status === 'PROCESSING' && { overdue: true as const }),
  }
}

function clipOf({ bytes, sha256, type }: StoredClip): TaskState['clip'] {
  return { bytes, sha256, type }
}

const LATEST = Date.UTC(9999, 11, 31)

/** Of a date that four digits can say; infinity is an invalid one. */
export function isoText(date: Date): string {
  return new Date(Math.min(Math.max(Number(date) || 0, 0), LATEST)).toISOString()
}

export function remixedFrom({ metadata }: Pick<TaskRow, 'metadata'>): { remixed_from?: VideoId } {
  const source = VideoId.safeParse(metadata.remix_from)
  return source.success ? { remixed_from: source.data } : {}
}

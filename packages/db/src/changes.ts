import type { ErrorCode } from '@reelay/contracts/lifecycle'
import { and, eq, sql } from 'drizzle-orm'
import { type TaskRow, videoTasks } from './schema.ts'

/** What names a task's attempt in a guard. */
export type Attempt = Pick<TaskRow, 'videoId' | 'attempt'>

/** Why a task ends FAILED. */
export type Failure = { errorCode: ErrorCode; errorMessage: string; upstreamCode?: string | undefined }

/** What every visible change of a task writes: a version more, and the time by the database's clock. */
export const changed = { version: sql`${videoTasks.version} + 1`, updatedAt: sql`clock_timestamp()` }

/** What every end of a task writes. */
export const ended = { ...changed, completedAt: sql`clock_timestamp()` }

export function failed({ errorCode, errorMessage, upstreamCode }: Failure) {
  return { ...ended, status: 'FAILED' as const, errorCode, errorMessage, upstreamCode: upstreamCode ?? null }
}

export function isAttempt({ videoId, attempt }: Attempt) {
  return and(eq(videoTasks.videoId, videoId), eq(videoTasks.attempt, attempt))
}

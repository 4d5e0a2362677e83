import type { CredentialId } from '@reelay/contracts/credential'
import type { ErrorCode } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { and, eq, type SQLWrapper, sql } from 'drizzle-orm'
import { type TaskRow, videoTasks } from './schema.ts'

export type TaskAttempt = Pick<TaskRow, 'videoId' | 'attempt'>

export function isAttempt({ videoId, attempt }: TaskAttempt | Record<keyof TaskAttempt, SQLWrapper>) {
  return and(eq(videoTasks.videoId, videoId), eq(videoTasks.attempt, attempt))
}

export type TaskFailure = { errorCode: ErrorCode; errorMessage: string; upstreamCode?: string | undefined }

export function columnsFailed({ errorCode, errorMessage, upstreamCode }: TaskFailure) {
  return { errorCode, errorMessage, upstreamCode: upstreamCode ?? null }
}

export type Told = Partial<Record<'model' | 'size' | 'seconds' | 'prompt', string | undefined>>

/** What was asked for, as far as the columns still say it. */
export const asked = sql`jsonb_build_object(
  'model', ${videoTasks.model}, 'size', ${videoTasks.size}, 'seconds', ${videoTasks.seconds}
)`

/**
 * What upstream made is what it says, and what was asked for is kept beside it, for a further attempt to ask for the
 * same; but a model that was asked for keeps its name, and only an import has no prompt of its own.
 */
export function columnsTold({ model, size, seconds, prompt }: Told) {
  return {
    ...((model || size || seconds) && { asked: sql`coalesce(${videoTasks.asked}, ${asked})` }),
    ...(model && { model: sql`coalesce(${videoTasks.model}, ${model})` }),
    ...(size && { size }),
    ...(seconds && { seconds }),
    ...(prompt && { prompt: sql`coalesce(nullif(${videoTasks.prompt}, ''), ${prompt})` }),
  }
}

export function columnsAccepted(
  externalTaskId: ExternalTaskId,
  credential: CredentialId | SQLWrapper,
  told: Told,
) {
  return {
    ...columnsTold(told),
    externalTaskId,
    credential: sql`${credential}`,
    acceptedAt: sql`clock_timestamp()`,
    upstreamCode: null,
  }
}

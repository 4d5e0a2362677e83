import type { UpstreamName } from '@reelay/contracts/credential'
import { and, eq, sql } from 'drizzle-orm'
import { submissions } from '../schema.ts'
import type { TaskAttempt } from '../task-columns.ts'

export function isOf({ videoId, attempt }: TaskAttempt) {
  return and(eq(submissions.videoId, videoId), eq(submissions.attempt, attempt))
}

/** In the words of the index on what upstream calls its videos. */
export function isOfUpstream(upstream: UpstreamName) {
  return sql`split_part(${submissions.credential}, '/', 1) = ${upstream}`
}

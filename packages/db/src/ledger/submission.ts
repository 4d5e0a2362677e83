import { and, eq } from 'drizzle-orm'
import { submissions } from '../schema.ts'
import type { TaskAttempt } from '../task-columns.ts'

export function isOf({ videoId, attempt }: TaskAttempt) {
  return and(eq(submissions.videoId, videoId), eq(submissions.attempt, attempt))
}

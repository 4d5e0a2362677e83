import { randomUUID } from 'node:crypto'
import { type CredentialId, firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { eq, sql } from 'drizzle-orm'
import type { Database } from '../src/client.ts'
import type { Ledger, Limits, Run, SendingTime, Turn } from '../src/ledger.ts'
import { type SubmissionRow, submissions, type TaskRow, users, videoTasks } from '../src/schema.ts'
import type { TaskAttempt } from '../src/task-columns.ts'
import type { FollowedVideo } from '../src/tasks/lanes.ts'

let made = 0

/** A name of ours that no other row has; later ones sort after earlier ones. */
export function aVideoId(): VideoId {
  made += 1
  return `video_1762500000000_${made.toString(36).padStart(7, '0')}` as VideoId
}

export function anExternalId(): ExternalTaskId {
  return `up_${randomUUID()}` as ExternalTaskId
}

export function aRun(twinKey: string = randomUUID(), credential: CredentialId = firstCredential): Run {
  return { runId: randomUUID(), credential, twinKey }
}

/** No limit on what is under way. */
export const anyNumber = { sendWindowMs: 0, sendingMs: 0 }

export async function turnOf(
  ledger: Ledger,
  task: TaskAttempt,
  permits: Limits & SendingTime,
): Promise<Turn> {
  const candidates = [{ id: firstCredential, weight: 1, ...permits }]
  return (await ledger.chooseCredential(task, candidates, permits)).turn
}

export async function aUser(db: Database): Promise<string> {
  const name = randomUUID()
  const [user] = await db
    .insert(users)
    .values({ username: name, email: `${name}@example.com`, passwordHash: 'none' })
    .returning()
  return (user as { id: string }).id
}

/** A task as it would be after the moves that lead to its status. */
export async function aTask(
  db: Database,
  { userId, ...columns }: Partial<typeof videoTasks.$inferInsert> = {},
): Promise<TaskRow> {
  const { status = 'QUEUED' } = columns
  const accepted = status === 'PROCESSING' || status === 'COMPLETED'
  const ended = status !== 'PROCESSING' && status !== 'QUEUED'
  const [task] = await db
    .insert(videoTasks)
    .values({
      videoId: aVideoId(),
      userId: userId ?? (await aUser(db)),
      requestHash: 'hash',
      prompt: 'a paper boat',
      ...(accepted && { externalTaskId: anExternalId(), acceptedAt: sql`clock_timestamp()` }),
      ...(ended && { completedAt: sql`clock_timestamp()` }),
      ...columns,
    })
    .returning()
  return task as TaskRow
}

export async function aProcessingTask(
  db: Database,
  columns: Partial<typeof videoTasks.$inferInsert> = {},
): Promise<TaskRow & FollowedVideo> {
  return (await aTask(db, { status: 'PROCESSING', ...columns })) as TaskRow & FollowedVideo
}

export async function aSubmission(
  db: Database,
  { videoId, attempt }: TaskRow,
  columns: Partial<typeof submissions.$inferInsert> = {},
): Promise<SubmissionRow> {
  const [row] = await db
    .insert(submissions)
    .values({ videoId, attempt, outcome: 'sending', ...aRun(), ...columns })
    .returning()
  return row as SubmissionRow
}

export async function theTask(db: Database, { videoId }: { videoId: VideoId }): Promise<TaskRow> {
  const [task] = await db.select().from(videoTasks).where(eq(videoTasks.videoId, videoId))
  return task as TaskRow
}

/** The ledger's rows of a task, oldest attempt first. */
export function theLedger(db: Database, { videoId }: { videoId: VideoId }): Promise<SubmissionRow[]> {
  return db.select().from(submissions).where(eq(submissions.videoId, videoId)).orderBy(submissions.attempt)
}

import { type CredentialId, upstreamOf } from '@reelay/contracts/credential'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { isOfUpstream } from '../ledger/submission.ts'
import { submissions, type TaskRow, videoTasks } from '../schema.ts'

export type Import = {
  videoId: VideoId
  userId: string
  externalTaskId: ExternalTaskId
  credential: CredentialId
}

const metadata = JSON.stringify({ type: 'import' })

export function createImport(db: Database) {
  return {
    /**
     * Adopts a video as a PROCESSING task, its ledger row included. Or returns the name of the task that has
     * it already, whose user may be gone.
     */
    async importVideo({ videoId, userId, externalTaskId, credential }: Import): Promise<TaskRow | VideoId> {
      await db.execute(sql`
        with adopted as (
          insert into submissions
            (video_id, attempt, outcome, credential, twin_key, run_id, external_id, settled_at)
          values (
            ${videoId}, 1, 'adopted', ${credential}, '-', gen_random_uuid(), ${externalTaskId}, clock_timestamp()
          )
          on conflict do nothing returning video_id
        )
        insert into video_tasks
          (video_id, user_id, request_hash, status, external_task_id, credential, prompt, metadata, accepted_at)
        select video_id, ${userId}, '', 'PROCESSING', ${externalTaskId}, ${credential}, '', ${metadata}::jsonb,
          clock_timestamp()
        from adopted`)
      const [owner] = await db
        .select({ videoId: submissions.videoId, task: videoTasks })
        .from(submissions)
        .leftJoin(videoTasks, eq(videoTasks.videoId, submissions.videoId))
        .where(and(isOfUpstream(upstreamOf(credential)), eq(submissions.externalId, externalTaskId)))
      if (!owner) throw new Error('the video that was just adopted is gone')
      return owner.videoId === videoId && owner.task ? owner.task : owner.videoId
    },
  }
}

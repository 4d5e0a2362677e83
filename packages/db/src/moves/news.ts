import { and, eq, getTableColumns, or, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'
import { asked, isAttempt, type Told } from '../task-columns.ts'
import type { FollowedVideo } from '../tasks/lanes.ts'

export type Progress = { to: 'PROCESSING'; progress: number; overdue?: boolean } & Told

export type News = FollowedVideo & { change: Progress }

const told = {
  model: sql`news.model is not null and ${videoTasks.model} is null`,
  size: sql`news.size is distinct from ${videoTasks.size} and news.size is not null`,
  seconds: sql`news.seconds is distinct from ${videoTasks.seconds} and news.seconds is not null`,
  prompt: sql`news.prompt is not null and ${videoTasks.prompt} = ''`,
}

const isNews = or(
  sql`${videoTasks.progress} < news.progress`,
  sql`news.overdue and not ${videoTasks.overdue}`,
  ...Object.values(told),
)

const set = {
  progress: sql`greatest(${videoTasks.progress}, news.progress)`,
  overdue: sql`${videoTasks.overdue} or news.overdue`,
  asked: sql`case when coalesce(news.model, news.size, news.seconds) is null then ${videoTasks.asked}
    else coalesce(${videoTasks.asked}, ${asked}) end`,
  model: sql`coalesce(${videoTasks.model}, news.model)`,
  size: sql`coalesce(news.size, ${videoTasks.size})`,
  seconds: sql`coalesce(news.seconds, ${videoTasks.seconds})`,
  prompt: sql`coalesce(nullif(${videoTasks.prompt}, ''), news.prompt, '')`,
  version: sql`${videoTasks.version} + 1`,
  updatedAt: sql`clock_timestamp()`,
}

export function createNewsMoves(db: Database) {
  return {
    /** What polls found new of unfinished tasks, in one statement. Returns the rows for which it was news. */
    async applyNews(all: readonly News[]): Promise<TaskRow[]> {
      const rows = all.map(({ videoId, attempt, externalTaskId, change: { to: _, ...change } }) => ({
        video_id: videoId,
        attempt,
        external_task_id: externalTaskId,
        overdue: false,
        ...change,
      }))
      // In the order of their names: two statements about the same tasks then hardly wait for each other in a circle.
      rows.sort((a, b) => (a.video_id < b.video_id ? -1 : 1))
      const attempt = { videoId: sql`news.video_id`, attempt: sql`news.attempt` }
      return db
        .update(videoTasks)
        .set(set)
        .from(
          sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as news(
            video_id text, attempt int, external_task_id text, progress int, overdue boolean,
            model text, size text, seconds text, prompt text
          )`,
        )
        .where(
          and(
            isAttempt(attempt),
            sql`${videoTasks.externalTaskId} = news.external_task_id`,
            eq(videoTasks.status, 'PROCESSING'),
            isNews,
          ),
        )
        .returning(getTableColumns(videoTasks))
    },
  }
}

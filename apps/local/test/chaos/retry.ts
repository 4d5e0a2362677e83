import type { Load, Wish } from './load.ts'
import type { World } from './world.ts'

/** The owner wants it tried again. Where the api has no word for that, the row is moved as it would be. */
export async function retry(
  world: World,
  load: Load,
  wish: Wish,
  { force }: { force: boolean },
): Promise<void> {
  const status = await load.ask(wish, 'retry', { force })
  if (status !== 404) return void world.expect(status < 300, `a retry was answered ${status}`)
  await world.db.execute(`
    update video_tasks set status = 'QUEUED', attempt = attempt + 1, auto_retries_used = 0, force = ${force},
      progress = 0, external_task_id = null, error_code = null, error_message = null, upstream_code = null,
      accepted_at = null, completed_at = null, version = version + 1, updated_at = clock_timestamp(),
      queued_at = clock_timestamp()
    where video_id = '${wish.videoId}' and status in ('FAILED', 'CANCELLED')`)
}

import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { openDatabase } from '../src/client.ts'
import type { TaskAttempt } from '../src/task-columns.ts'
import { createTestDatabase } from '../src/test-database.ts'
import { createUpstreamState, type SubmissionTrouble, type UpstreamState } from '../src/upstream-state.ts'

/** One state of upstream, as two workers see it: `here` and `there`. */
export async function openTwoWorkers() {
  const database = await createTestDatabase()
  const { db } = database
  const another = openDatabase(database.url, { queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  return {
    db,
    here: told(createUpstreamState(db)),
    there: told(createUpstreamState(another.db)),
    forget: () => db.execute(sql`truncate upstream_state`),
    async close(): Promise<void> {
      await another.close()
      await database.drop()
    },
  }
}

/** What a worker tells, and for how many ms all are held back then. */
function told(state: UpstreamState) {
  const tell = async (attempt: TaskAttempt, trouble: SubmissionTrouble) =>
    (await state.noteTrouble(attempt, firstCredential, trouble)).heldMs
  return {
    ...state,
    hold: (attempt: TaskAttempt, retryAfterMs?: number) =>
      tell(attempt, { because: 'rate_limited', retryAfterMs }),
    fail: (attempt: TaskAttempt) => tell(attempt, { because: 'upstream_errors' }),
  }
}

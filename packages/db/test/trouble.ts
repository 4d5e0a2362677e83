import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import type { Database } from '../src/client.ts'
import { createLedger } from '../src/ledger.ts'
import type { TaskRow } from '../src/schema.ts'
import { createUpstreamState, type SubmissionTrouble } from '../src/upstream-state.ts'
import { anExternalId, aRun, aTask } from './rows.ts'

export type Trouble = ReturnType<typeof createTrouble>

export const permits = { sendWindowMs: 0, sendingMs: 60_000 }
export const refused = { errorCode: 'upstream_refused', errorMessage: 'no' } as const
export const unclear: SubmissionTrouble = { because: 'unclear', mayBeRefused: true }
export const rejected: SubmissionTrouble = { because: 'key_rejected' }
export const limited: SubmissionTrouble = { because: 'rate_limited' }
export const broken: SubmissionTrouble = { because: 'upstream_errors' }

/** What upstream answers to submissions, and what comes of it. */
export function createTrouble(db: Database) {
  const ledger = createLedger(db)
  const upstream = createUpstreamState(db)

  return { answered, made, endHold, isHeld }

  /** Sends a task that is answered so, and tells what that means. */
  async function answered(task: TaskRow, trouble: SubmissionTrouble, twinKey?: string) {
    const run = aRun(twinKey ?? task.videoId)
    expect(await ledger.beginSubmission(task, run, permits)).toBe('begun')
    const { means } = await upstream.noteTrouble(task, firstCredential, trouble)
    if (trouble.because === 'upstream_errors') await ledger.giveUp(task, refused)
    else
      await ledger.markNotSent(task, run, means === 'held' ? undefined : { ms: 0, because: trouble.because })
    return means
  }

  async function made(task?: TaskRow) {
    const good = task ?? (await aTask(db))
    expect(await ledger.beginSubmission(good, aRun(), permits)).toBe('begun')
    await ledger.accept(good, anExternalId())
    await upstream.noteAnswer(good, firstCredential, true)
  }

  /** As if its time had passed, and that for others to go first. */
  async function endHold(ago = '10 seconds') {
    await db.execute(
      sql`update upstream_state set held_until = least(held_until, clock_timestamp() - ${ago}::interval)`,
    )
  }

  async function isHeld(): Promise<boolean> {
    const rows = await db.execute(sql`select from upstream_state where held_until > clock_timestamp()`)
    return rows.length > 0
  }
}

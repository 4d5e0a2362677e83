import { firstCredential } from '@reelay/contracts/credential'
import { expect } from 'vitest'
import type { Database } from '../src/client.ts'
import { createLedger, type Run } from '../src/ledger.ts'
import { createMoves } from '../src/moves.ts'
import type { TaskRow } from '../src/schema.ts'
import type { FollowedVideo } from '../src/tasks/lanes.ts'
import { anExternalId, anyNumber, aRun, aVideoId, theTask } from './rows.ts'

/** What no event may tell. */
export const prompt = 'a paper boat in heavy rain'
export const failure = {
  errorCode: 'upstream_failed',
  errorMessage: 'upstream quotes: a paper boat',
  upstreamCode: 'render_error',
} as const

export type Lives = ReturnType<typeof createLives>

/** Tasks of one user that came where they are by the moves that lead there. */
export function createLives(db: Database, userId: string) {
  const moves = createMoves(db)
  const ledger = createLedger(db)
  return { aRequest, aQueued, begin, aSending, aGivenUp, aProcessing, aCompleted, anImport }

  function aRequest() {
    return { videoId: aVideoId(), userId, requestHash: 'hash', prompt }
  }

  async function aQueued(): Promise<TaskRow> {
    const request = aRequest()
    await moves.insert(request)
    return theTask(db, request)
  }

  async function begin(task: TaskRow, run: Run = aRun()): Promise<Run> {
    expect(await ledger.beginSubmission(task, run, anyNumber)).toBe('begun')
    return run
  }

  async function aSending(): Promise<{ task: TaskRow; run: Run }> {
    const task = await aQueued()
    return { task, run: await begin(task) }
  }

  async function aGivenUp(): Promise<TaskRow> {
    const { task } = await aSending()
    return moved(await ledger.giveUp(task, failure))
  }

  async function aProcessing(): Promise<TaskRow & FollowedVideo> {
    const { task } = await aSending()
    return moved(await ledger.accept(task, anExternalId())) as TaskRow & FollowedVideo
  }

  async function aCompleted(): Promise<TaskRow> {
    return moved(await moves.apply(await aProcessing(), { to: 'COMPLETED', archive: true }))
  }

  async function anImport(): Promise<TaskRow> {
    const { videoId } = aRequest()
    const video = { videoId, userId, externalTaskId: anExternalId(), credential: firstCredential }
    return (await moves.importVideo(video)) as TaskRow
  }
}

export function moved(row: TaskRow | undefined): TaskRow {
  if (!row) throw new Error('the task did not move')
  return row
}

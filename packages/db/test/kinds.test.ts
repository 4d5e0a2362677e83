import type { DerivationKind } from '@reelay/contracts/derivation'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgedSubmission } from '../src/ledger/reads.ts'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { SubmissionOutcome } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, anyNumber, aRun, aSubmission, aTask } from './rows.ts'

let database: TestDatabase
let ledger: Ledger
beforeAll(async () => {
  database = await createTestDatabase()
  ledger = createLedger(database.db)
})
afterAll(() => database.drop())

test.each<[DerivationKind | undefined, DerivationKind | undefined, string]>([
  [undefined, undefined, 'begun'],
  ['remix', 'remix', 'begun'],
  ['edit', 'edit', 'begun'],
  ['extension', 'extension', 'begun'],
  ['edit', 'remix', 'not_queued'],
  ['edit', 'extension', 'not_queued'],
  ['extension', undefined, 'not_queued'],
])('a task of the type %s that is sent as %s', async (type, kind, begun) => {
  const task = await aTask(database.db, { metadata: type ? { type } : {} })
  expect(await ledger.beginSubmission(task, { ...aRun(), kind }, anyNumber)).toBe(begun)
})

test.each<[DerivationKind, string]>([
  ['remix', 'begun'],
  ['edit', 'not_queued'],
  ['extension', 'not_queued'],
])('a process of an earlier version that sends a task of the type %s', async (type, begun) => {
  const { videoId, attempt } = await aTask(database.db, { metadata: { type } })
  const { twinKey, runId, credential } = aRun()
  const rows = await database.db.execute(sql`
    select begin_submission(${videoId}, ${attempt}, ${twinKey}, ${runId}, ${credential}, null, null, 60000, 60000)
      as begun`)
  expect(rows).toEqual([{ begun }])
})

describe('a rival', () => {
  test.each<[SubmissionOutcome, open: boolean, mayBeMade: boolean]>([
    ['sending', true, true],
    ['in_doubt', true, true],
    ['unknown', false, true],
    ['accepted', false, false],
    ['refused', false, false],
    ['not_sent', false, false],
  ])('that is %s', async (outcome, isOpen, mayBeMade) => {
    const { lost, rival, other } = await rivals({ outcome })
    expect(await ledger.hasOpenTwin(lost.twinKey, rival)).toBe(isOpen)
    expect(await ledger.hasRival(lost, rival)).toBe(mayBeMade)
    expect(await ledger.hasOpenTwin(lost.twinKey, other)).toBe(false)
    expect(await ledger.hasRival(lost, other)).toBe(false)
  })

  test('that was given up more than an hour before is none', async () => {
    const startedAt = new Date(Date.now() - 3_700_000)
    const { lost, rival } = await rivals({ outcome: 'unknown', startedAt })
    expect(await ledger.hasRival(lost, rival)).toBe(false)
  })
})

test('a twin is one whatever its source', async () => {
  const { db } = database
  const { twinKey } = aRun()
  await aSubmission(db, await aTask(db), { outcome: 'sending', twinKey })
  const rival = { twinKey: 'another', sourceId: anExternalId() }
  expect(await ledger.hasOpenTwin(twinKey, rival)).toBe(true)
})

/** A submission, another of the same source, and one that is of another. */
async function rivals(columns: { outcome: SubmissionOutcome; startedAt?: Date }) {
  const { db } = database
  const sourceId = anExternalId()
  const { twinKey } = aRun()
  const made = columns.outcome === 'accepted' ? { externalId: anExternalId() } : {}
  const edit = await aTask(db, { metadata: { type: 'edit', remix_from_external: sourceId } })
  await aSubmission(db, edit, { ...columns, ...made, twinKey })
  const task = await aTask(db, { metadata: { type: 'remix', remix_from_external: sourceId } })
  await aSubmission(db, task, { outcome: 'refused' })
  const lost = (await ledger.findSubmission(task.videoId, task.attempt)) as AgedSubmission
  return { lost, rival: { twinKey, sourceId }, other: { twinKey, sourceId: anExternalId() } }
}

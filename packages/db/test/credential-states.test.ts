import { CredentialId, firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type CredentialState, createCredentialStates } from '../src/credential-states.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState } from '../src/upstream-state.ts'
import { aProcessingTask, aSubmission, aTask } from './rows.ts'

const [east, west] = ['east/a', 'west/a'].map((id) => CredentialId.parse(id)) as [CredentialId, CredentialId]

let database: TestDatabase
let db: TestDatabase['db']
let read: () => Promise<CredentialState[]>
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  read = createCredentialStates(db)
})
afterAll(() => database.drop())
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

test('before anything was made no credential is known', async () => {
  expect(await read()).toEqual([])
})

test('what a credential makes and may be making is in flight', async () => {
  await aProcessingTask(db, { credential: east })
  await aProcessingTask(db, { credential: east })
  await aSubmission(db, await aTask(db), { credential: east, outcome: 'in_doubt' })
  await aSubmission(db, await aTask(db), { credential: east, outcome: 'refused' })
  await aProcessingTask(db)
  expect(await read()).toEqual([
    { credential: firstCredential, inFlight: 1, hold: undefined },
    { credential: east, inFlight: 3, hold: undefined },
  ])
})

test('one that only the ledger remembers has none in flight', async () => {
  for (const credential of [west, east, west])
    await aSubmission(db, await aTask(db), { credential, outcome: 'accepted' })
  expect(await read()).toEqual([
    { credential: east, inFlight: 0, hold: undefined },
    { credential: west, inFlight: 0, hold: undefined },
  ])
})

test('a hold says why and until when, and stays when its time has passed', async () => {
  const upstream = createUpstreamState(db)
  const task = await aTask(db)
  await upstream.noteTrouble(task, east, { because: 'key_rejected', retryAfterMs: 60_000 })
  await upstream.noteTrouble(task, west, { because: 'upstream_errors' })
  const [held, troubled] = await read()
  expect(held).toMatchObject({ credential: east, hold: { because: 'key_rejected' } })
  expect(held?.hold?.until.getTime()).toBeGreaterThan(Date.now() + 30_000)
  expect(troubled).toEqual({ credential: west, inFlight: 0, hold: undefined })

  await db.execute(sql`update upstream_state set held_until = '2026-01-01T00:00:00Z' where name = ${east}`)
  expect((await read())[0]?.hold).toEqual({
    until: new Date('2026-01-01T00:00:00Z'),
    because: 'key_rejected',
  })
  await upstream.noteAnswer(task, east, true)
  expect((await read())[0]?.hold).toBeUndefined()
})

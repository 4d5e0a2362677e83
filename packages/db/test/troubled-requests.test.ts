import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { TaskRow } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState, type SubmissionTrouble, type UpstreamState } from '../src/upstream-state.ts'
import { anExternalId, aRun, aTask } from './rows.ts'

import {
  broken,
  createTrouble,
  limited,
  permits,
  refused,
  rejected,
  type Trouble,
  unclear,
} from './trouble.ts'

let database: TestDatabase
let db: TestDatabase['db']
let ledger: Ledger
let upstream: UpstreamState
let answered: Trouble['answered']
let made: Trouble['made']
let endHold: Trouble['endHold']
let isHeld: Trouble['isHeld']
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  ledger = createLedger(db)
  upstream = createUpstreamState(db)
  ;({ answered, made, endHold, isHeld } = createTrouble(db))
})
afterAll(() => database.drop())
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

describe('a request that is answered a no that may be its own', () => {
  test('holds back all others once', async () => {
    const poison = await aTask(db)
    expect(await answered(poison, unclear)).toBe('held')
    await endHold()
    expect(await answered(poison, unclear)).toBe('alone')
    expect(await isHeld()).toBe(false)
    expect(await answered(poison, unclear)).toBe('alone')
  })

  test('is refused when it is answered so again after a video was made for another', async () => {
    const poison = await aTask(db)
    await answered(poison, unclear)
    await endHold()
    await made()
    expect(await answered(poison, unclear)).toBe('refused')
    expect(await isHeld()).toBe(false)
  })

  test('is not refused for a video that began before', async () => {
    const [poison, early] = [await aTask(db), await aTask(db)]
    await ledger.beginSubmission(early, aRun(), permits)
    await answered(poison, unclear)
    await ledger.accept(early, anExternalId())
    await upstream.noteAnswer(early, firstCredential, true)
    await endHold()
    expect(await answered(poison, unclear)).toBe('alone')
  })

  test('is not refused after a refusal of another, and holds back nobody', async () => {
    const [poison, wrong] = [await aTask(db), await aTask(db)]
    await answered(poison, unclear)
    await endHold()
    await ledger.beginSubmission(wrong, aRun(), permits)
    await ledger.refuse(wrong, refused)
    await upstream.noteAnswer(wrong, firstCredential, false)
    expect(await answered(poison, unclear)).toBe('alone')
    await made()
    expect(await answered(poison, unclear)).toBe('refused')
  })

  test('is not refused for what was said to it in other words', async () => {
    const poison = await aTask(db)
    await answered(poison, limited)
    await endHold()
    await made()
    expect(await answered(poison, unclear)).toBe('alone')
    expect(await answered(poison, unclear)).toBe('alone')
    expect(await isHeld()).toBe(false)
  })

  test('is refused in the end, too, when it was said to wait before', async () => {
    const poison = await aTask(db)
    await answered(poison, limited)
    await endHold()
    await made()
    expect(await answered(poison, unclear)).toBe('alone')
    await made()
    expect(await answered(poison, unclear)).toBe('refused')
    expect(await isHeld()).toBe(false)
  })

  test('is the same in the hands of others and in a retry', async () => {
    const poison = await aTask(db)
    await answered(poison, unclear, 'the same prompt')
    await endHold()
    expect(await answered(await aTask(db), unclear, 'the same prompt')).toBe('alone')
    await made()
    expect(await answered(await aTask(db), unclear, 'the same prompt')).toBe('refused')
  })

  test('is no poison when it was made in the end', async () => {
    const task = await aTask(db)
    await answered(task, unclear, 'a prompt')
    await endHold()
    await made(task)
    await db.execute(sql`update upstream_state set made_at = clock_timestamp() - interval '11 minutes'`)
    expect(await answered(await aTask(db), unclear, 'a prompt')).toBe('held')
  })
})

describe('different requests in a row that are answered so', () => {
  test('hold back the others once, and from the fourth on each', async () => {
    const means: string[] = []
    for (let n = 0; n < 6; n += 1) {
      await endHold()
      means.push(await answered(await aTask(db), unclear))
    }
    expect(means).toEqual(['held', 'alone', 'alone', 'held', 'held', 'held'])
  })

  test('hold back for longer each time then, and any of them does', async () => {
    const tasks = await Promise.all(Array.from({ length: 4 }, () => aTask(db)))
    for (const task of tasks) {
      await endHold()
      await answered(task, unclear)
    }
    await endHold()
    expect(await answered(tasks[0] as TaskRow, unclear)).toBe('held')
    const [state] = await db.execute<{ failed: number }>(
      sql`select failed_submits as failed from upstream_state`,
    )
    expect(state?.failed).toBe(5)
  })

  test('hold back nobody while upstream works for others', async () => {
    await answered(await aTask(db), unclear)
    await endHold()
    for (let n = 0; n < 10; n += 1) {
      await made()
      expect(await answered(await aTask(db), unclear)).toBe('alone')
    }
    expect(await isHeld()).toBe(false)
  })

  test('of one moment hold back once', async () => {
    const tasks = await Promise.all(Array.from({ length: 10 }, () => aTask(db)))
    for (const task of tasks) await ledger.beginSubmission(task, aRun(), permits)
    await Promise.all(tasks.map((task) => upstream.noteTrouble(task, firstCredential, unclear)))
    const [state] = await db.execute<{ failed: number; unclear: number }>(
      sql`select failed_submits as failed, unclear_requests as unclear from upstream_state`,
    )
    expect(state).toEqual({ failed: 3, unclear: 10 })
  })
})

describe('a request whose key is rejected while others are made', () => {
  test('is refused when that goes on', async () => {
    const poison = await aTask(db)
    expect(await answered(poison, rejected)).toBe('held')
    await endHold()
    await made()
    expect(await answered(poison, rejected)).toBe('alone')
    expect(await answered(poison, rejected)).toBe('alone')
    await made()
    expect(await answered(poison, rejected)).toBe('refused')
    expect(await isHeld()).toBe(false)
  })

  test('waits on for what a payment can mend', async () => {
    const poison = await aTask(db)
    for (const trouble of [{ because: 'balance_empty' }, limited] as SubmissionTrouble[]) {
      await db.execute(sql`truncate submissions, upstream_state`)
      await answered(poison, trouble)
      await endHold()
      for (let n = 0; n < 3; n += 1) {
        await made()
        expect(await answered(poison, trouble)).toBe('alone')
      }
    }
  })

  test('is not refused for an unclear no of before', async () => {
    const poison = await aTask(db)
    await answered(poison, unclear)
    await endHold()
    await made()
    expect(await answered(poison, rejected)).toBe('alone')
  })
})

describe.each([rejected, limited])('a request that is answered $because', (trouble) => {
  test('holds back the others until they are answered otherwise', async () => {
    const task = await aTask(db)
    for (let n = 0; n < 3; n += 1) {
      expect(await answered(task, trouble)).toBe('held')
      await endHold()
    }
    await made()
    expect(await answered(task, trouble)).toBe('alone')
    expect(await answered(task, trouble)).toBe('alone')
    expect(await answered(await aTask(db), trouble)).toBe('held')
  })
})

describe('a request that is answered 5xx', () => {
  test('counts once in a row, however often it is sent', async () => {
    for (let n = 0; n < 5; n += 1) expect(await answered(await aTask(db), broken, 'one')).toBe('alone')
    expect(await answered(await aTask(db), broken)).toBe('alone')
    expect(await answered(await aTask(db), broken)).toBe('held')
  })
})

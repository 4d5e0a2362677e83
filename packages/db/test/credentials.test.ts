import { CredentialId, firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Candidate, createLedger, type Ledger } from '../src/ledger.ts'
import { createMoves } from '../src/moves.ts'
import type { TaskRow, videoTasks } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState, type UpstreamState } from '../src/upstream-state.ts'
import {
  anExternalId,
  anyNumber,
  aProcessingTask,
  aRun,
  aSubmission,
  aTask,
  aUser,
  theLedger,
} from './rows.ts'
import { inTransaction, statementsWait, tally } from './transaction.ts'

const [east, west, other] = ['east/a', 'east/b', 'west/a'].map((id) => CredentialId.parse(id)) as [
  CredentialId,
  CredentialId,
  CredentialId,
]
const picture = { sha256: 'ab', type: 'image/png', bytes: 3, width: 1, height: 1 } as const
const sending = { sendWindowMs: 0, sendingMs: 60_000 }

let database: TestDatabase
let db: TestDatabase['db']
let ledger: Ledger
let upstream: UpstreamState
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  ledger = createLedger(db)
  upstream = createUpstreamState(db)
})
afterAll(() => database.drop())
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

describe('of several credentials', () => {
  test('the one with the fewest in flight per weight is chosen', async () => {
    for (const credential of [east, east, west]) await aProcessingTask(db, { credential })
    const task = await aTask(db)
    expect(await chosen(task, [of(east), of(west)])).toMatchObject({ credential: west, turn: 'free' })
    expect(await chosen(task, [of(east, { weight: 3 }), of(west)])).toMatchObject({ credential: east })
  })

  test('what may be on its way counts, too', async () => {
    await aSubmission(db, await aTask(db), { credential: east, outcome: 'in_doubt' })
    expect(await chosen(await aTask(db), [of(east), of(west)])).toMatchObject({ credential: west })
  })

  test('of equal ones the one that was not used for longest is chosen', async () => {
    const at = (second: number) => ({
      startedAt: new Date(1e12 + second * 1000),
      outcome: 'refused' as const,
    })
    await aSubmission(db, await aTask(db), { credential: east, ...at(1) })
    await aSubmission(db, await aTask(db), { credential: west, ...at(2) })
    const task = await aTask(db)
    expect(await chosen(task, [of(west), of(east)])).toMatchObject({ credential: east })
    expect(await chosen(task, [of(west), of(east), of(other)])).toMatchObject({ credential: other })
  })

  test('one that is held holds up no other', async () => {
    await upstream.noteTrouble(await aTask(db), east, { because: 'key_rejected', retryAfterMs: 60_000 })
    const task = await aTask(db)
    expect(await chosen(task, [of(east), of(west)])).toMatchObject({ credential: west, turn: 'free' })
    expect(await begin(task, west)).toBe('begun')
    expect(await begin(await aTask(db), east)).toBe('held')
  })

  test('where all are held the first that will be free is told, and when', async () => {
    await upstream.noteTrouble(await aTask(db), east, { because: 'rate_limited', retryAfterMs: 60_000 })
    await upstream.noteTrouble(await aTask(db), west, { because: 'rate_limited', retryAfterMs: 30_000 })
    const { waitMs, ...choice } = await chosen(await aTask(db), [of(east), of(west)])
    expect(choice).toEqual({ credential: west, turn: 'held' })
    expect(waitMs).toBeGreaterThan(2000)
    expect(waitMs).toBeLessThanOrEqual(30_000)
  })

  test('one that said not now to an attempt is not asked by it again before its time', async () => {
    const [task, another] = [await aTask(db), await aTask(db)]
    const run = aRun(undefined, east)
    await ledger.beginSubmission(task, run, anyNumber)
    await ledger.markNotSent(task, run, { ms: 60_000, because: 'unclear', elsewhere: true })
    expect(await chosen(task, [of(east), of(west, { maxInFlight: 9 })])).toMatchObject({ credential: west })
    expect(await chosen(task, [of(east)])).toMatchObject({ credential: east, turn: 'held' })
    expect(await chosen(another, [of(east)])).toMatchObject({ turn: 'free' })

    const second = aRun(undefined, west)
    expect(await ledger.beginSubmission(task, second, anyNumber)).toBe('begun')
    await ledger.markNotSent(task, second, { ms: 30_000, because: 'unclear' })
    expect(await chosen(task, [of(east), of(west)])).toMatchObject({ credential: west, turn: 'held' })
    expect(await theLedger(db, task)).toMatchObject([
      { attempt: 1, outcome: 'not_sent', credential: west, notBefore: { [east]: expect.any(String) } },
    ])
  })

  test('each has permits of its own', async () => {
    const tasks = await queued(20)
    const answers = await Promise.all(
      tasks.map((task, n) => begin(task, n % 2 === 0 ? east : west, { maxInFlight: n % 2 === 0 ? 3 : 2 })),
    )
    expect(tally(answers)).toEqual({ begun: 5, no_permit: 15 })
    expect(
      await chosen(await aTask(db), [of(east, { maxInFlight: 3 }), of(west, { maxInFlight: 2 })]),
    ).toEqual({
      credential: expect.any(String),
      turn: 'no_permit',
      waitMs: 0,
    })
  })

  test('the stretch of polls is one’s own', async () => {
    await upstream.slowPollsDown(east, 5000)
    const { factors } = await upstream.throttle()
    expect(factors[east]).toBeGreaterThan(1)
    expect(factors[west]).toBeUndefined()
  })
})

describe('submissions a minute', () => {
  test('are never more than allowed, however many begin at once', async () => {
    const answers = await Promise.all(
      (await queued(20)).map((task) => begin(task, east, { submitsPerMinute: 4 })),
    )
    expect(tally(answers)).toEqual({ begun: 4, no_permit: 16 })
    const choice = await chosen(await aTask(db), [of(east, { submitsPerMinute: 4 })])
    expect(choice).toMatchObject({ turn: 'no_permit' })
    expect(choice.waitMs).toBeGreaterThan(0)
    expect(choice.waitMs).toBeLessThanOrEqual(60_000)
  })

  test('are counted even when the same attempt is sent again', async () => {
    const task = await aTask(db)
    for (let n = 0; n < 4; n += 1) {
      const run = aRun(undefined, east)
      expect(await ledger.beginSubmission(task, run, { ...sending, submitsPerMinute: 4 })).toBe('begun')
      await ledger.markNotSent(task, run)
    }
    expect(await begin(task, east, { submitsPerMinute: 4 })).toBe('no_permit')
  })

  test('are free again one by one, a minute and the send window later', async () => {
    for (const task of await queued(2)) await begin(task, east, { submitsPerMinute: 2 })
    const made = (ago: string) => sql`clock_timestamp() - ${ago}::interval`
    await db.execute(sql`update upstream_state set sent_at = array[${made('90 s')}, ${made('1 s')}]`)
    const [one, two] = await queued(2)
    const late = { submitsPerMinute: 2, sendWindowMs: 600_000 }
    expect(await begin(one as TaskRow, east, late)).toBe('no_permit')
    expect(await begin(one as TaskRow, east, { submitsPerMinute: 2 })).toBe('begun')
    expect(await begin(two as TaskRow, east, { submitsPerMinute: 2 })).toBe('no_permit')
  })

  test('count from their answers on, since upstream may have taken them up as late as that', async () => {
    const [early, next] = (await queued(2)) as [TaskRow, TaskRow]
    await begin(early, east, { submitsPerMinute: 1 })
    await db.execute(sql`update upstream_state set sent_at = array[clock_timestamp() - interval '59 s']`)
    await db.execute(sql`
      update submissions set started_at = (select sent_at[1] from upstream_state where name = ${east})
      where video_id = ${early.videoId}`)
    await ledger.accept(early, anExternalId())
    const { waitMs } = await chosen(next, [of(east, { submitsPerMinute: 1 })])
    expect(waitMs).toBeGreaterThan(5000)
  })

  test('count as long as they are not answered', async () => {
    const [early, next] = (await queued(2)) as [TaskRow, TaskRow]
    await begin(early, east, { submitsPerMinute: 1 })
    await db.execute(sql`update upstream_state set sent_at = '{}'`)
    await db.execute(sql`
      update submissions set started_at = clock_timestamp() - interval '90 s' where video_id = ${early.videoId}`)
    const slow = { ...sending, sendingMs: 900_000, submitsPerMinute: 1 }
    expect(await ledger.beginSubmission(next, aRun(undefined, east), slow)).toBe('no_permit')
  })
})

describe('what a credential made', () => {
  test('is noted with the task when it is accepted', async () => {
    const task = await aTask(db)
    await begin(task, west)
    expect(await ledger.accept(task, anExternalId())).toMatchObject({
      status: 'PROCESSING',
      credential: west,
    })
  })

  test('is noted when it is found again, and when an earlier one is followed', async () => {
    const lost = await aTask(db)
    await begin(lost, east)
    expect(await ledger.adopt(lost, anExternalId())).toMatchObject({ credential: east })

    const retried = await aTask(db, { attempt: 2 })
    const made = { externalId: anExternalId(), credential: other }
    expect(await ledger.resume(retried, made)).toMatchObject({ credential: other })
    expect(await theLedger(db, retried)).toMatchObject([{ credential: other, outcome: 'adopted' }])
  })

  test('may have a name that another upstream gave, and none that its own gave', async () => {
    const externalId = anExternalId()
    const accept = async (credential: CredentialId) => {
      const task = await aTask(db)
      await begin(task, credential)
      return ledger.accept(task, externalId)
    }
    expect(await accept(east)).toMatchObject({ externalTaskId: externalId })
    expect(await accept(other)).toMatchObject({ externalTaskId: externalId })
    await expect(accept(west)).rejects.toThrow()
    expect(await ledger.knownExternalIds([externalId], west)).toEqual(new Set([externalId]))
    expect(await ledger.knownExternalIds([externalId], firstCredential)).toEqual(new Set())
  })

  test('is forgotten by the next attempt', async () => {
    const task = await aProcessingTask(db, { credential: east })
    expect(await createMoves(db).apply(task, { to: 'QUEUED' })).toMatchObject({
      attempt: 2,
      credential: null,
    })
  })
})

test('what was made before there were several is the first credential’s', async () => {
  await aProcessingTask(db)
  await aSubmission(db, await aTask(db), { outcome: 'sending' })
  const limit = { maxInFlight: 2 }
  expect(await begin(await aTask(db), firstCredential, limit)).toBe('no_permit')
  expect(await begin(await aTask(db), east, limit)).toBe('begun')
})

test('a process of an earlier version counts permits under the lock of this one', async () => {
  const other = await inTransaction(database)
  await other.sql.unsafe(
    `select pg_advisory_xact_lock(hashtextextended('begin_submission ${firstCredential}', 0))`,
  )
  const begun = beginEarlier(await aTask(db), 1)
  await statementsWait(database)
  await other.commit()
  expect(await begun).toBe('begun')
  expect(await begin(await aTask(db), firstCredential, { maxInFlight: 1 })).toBe('no_permit')
  expect(await beginEarlier(await aTask(db), 1)).toBe('no_permit')
})

test.each<[string, Partial<typeof videoTasks.$inferInsert>, string]>([
  ['with a picture', { metadata: { input_reference: picture } }, 'not_queued'],
  ['that is an edit', { metadata: { type: 'edit' } }, 'not_queued'],
  ['that is an extension', { metadata: { type: 'extension' } }, 'not_queued'],
  ['that is a remix', { metadata: { type: 'remix' } }, 'begun'],
  ['of another upstream', { pinnedTo: 'azure-eu/a' as never }, 'not_queued'],
  ['of its own upstream', { pinnedTo: firstCredential }, 'begun'],
  ['whose client has metadata of that name', { metadata: { input_reference: 'mine' } as never }, 'begun'],
])('a process of an earlier version and a task %s', async (_, columns, begun) => {
  expect(await beginEarlier(await aTask(db, columns), null)).toBe(begun)
})

/** As processes that know one credential begin a submission. */
async function beginEarlier({ videoId, attempt }: TaskRow, maxInFlight: number | null): Promise<string> {
  const { twinKey, runId } = aRun()
  const [row] = await db.execute<{ begun: string }>(sql`
    select begin_submission(${videoId}, ${attempt}, ${twinKey}, ${runId}, ${maxInFlight}, 60000) as begun`)
  return row?.begun ?? ''
}

function of(id: CredentialId, limits: Partial<Candidate> = {}): Candidate {
  return { id, weight: 1, ...limits }
}

function chosen(task: TaskRow, candidates: Candidate[]) {
  return ledger.chooseCredential(task, candidates, sending)
}

function begin(task: TaskRow, credential: CredentialId, limits: object = {}) {
  return ledger.beginSubmission(task, aRun(undefined, credential), { ...sending, ...limits })
}

async function queued(count: number): Promise<TaskRow[]> {
  const userId = await aUser(db)
  return Promise.all(Array.from({ length: count }, () => aTask(db, { userId })))
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { laneOf } from '@reelay/contracts/lanes'
import { startPgBouncer } from '@reelay/local-services/programs/pgbouncer'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../src/client.ts'
import { createLedger } from '../src/ledger.ts'
import { migrate } from '../src/migrate.ts'
import type { TaskRow } from '../src/schema.ts'
import { createTasks } from '../src/tasks.ts'
import { createTestDatabase } from '../src/test-database.ts'
import { anExternalId, anyNumber, aRun, aTask, theTask } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'reelay-'))
let missing: Error | undefined
beforeAll(async () => {
  const url = process.env.DATABASE_URL ?? ''
  const bouncer = await startPgBouncer({ dir: folder, databaseUrl: url, settings: {} }).catch(
    (error: Error) => {
      missing = error
    },
  )
  await bouncer?.stop()
  return () => rmSync(folder, { recursive: true, force: true })
})

const kinds: [string, Record<string, string | number>, string][] = [
  ['with its defaults', {}, ''],
  ['that pools transactions', { pool_mode: 'transaction', default_pool_size: 3 }, ''],
  [
    'that pools transactions and ignores what it doesn’t know',
    { pool_mode: 'transaction', default_pool_size: 3, ignore_startup_parameters: 'statement_timeout' },
    '',
  ],
  ['that was told of', { pool_mode: 'transaction', default_pool_size: 3 }, 'pgbouncer=true'],
]

describe.each(kinds)('behind a PgBouncer %s', (_, settings, query) => {
  test('every statement is answered with its own rows', async (context) => {
    if (missing) context.skip(`no PgBouncer to be had: ${missing.message}`)
    const url = await behind(settings, query)
    const pools = [1, 2, 3].map(() => aPool(url))
    await pools[0]?.ping()
    const texts = Array.from({ length: 12 }, (_, n) => n)
    await Promise.all(
      pools.flatMap(({ db }) =>
        texts.map(async (n) => {
          for (let i = 0; i < 20; i += 1) {
            const another = sql.join(Array.from({ length: n }, () => sql`1 + `))
            expect(await db.execute(sql`select ${another}${i}::int as sum`)).toEqual([{ sum: n + i }])
          }
        }),
      ),
    )
  })

  test('what is read again and again is read from whatever server', async (context) => {
    if (missing) context.skip(`no PgBouncer to be had: ${missing.message}`)
    const url = await behind(settings, query)
    const pools = [1, 2, 3].map(() => aPool(url))
    const task = await aTask((pools[0] as ReturnType<typeof aPool>).db, { status: 'PROCESSING' })
    const lane = laneOf(task as TaskRow & { acceptedAt: Date })
    await Promise.all(
      pools.flatMap(({ db }) => {
        const tasks = createTasks(db)
        return Array.from({ length: 40 }, async () => {
          expect(await tasks.find(task.videoId)).toMatchObject({ videoId: task.videoId })
          expect(await tasks.ofLane(lane)).toMatchObject([{ videoId: task.videoId }])
          expect(await tasks.lanes()).toEqual([lane])
          expect(await tasks.findSource(task.userId, task.videoId)).toMatchObject({ videoId: task.videoId })
        })
      }),
    )
  })

  test('a task is migrated for, made and moved', async (context) => {
    if (missing) context.skip(`no PgBouncer to be had: ${missing.message}`)
    const url = await behind(settings, query, { migrated: false })
    await Promise.all([migrate(url), migrate(url)])
    await migrate(url)
    const [one, two] = [aPool(url), aPool(url)]
    const tasks = await Promise.all(Array.from({ length: 10 }, () => aTask(one.db)))
    await Promise.all(
      tasks.map(async (task) => {
        const ledger = createLedger(two.db)
        expect(await ledger.beginSubmission(task, aRun(), anyNumber)).toBe('begun')
        expect(await ledger.accept(task, anExternalId())).toMatchObject({ status: 'PROCESSING' })
        expect(await theTask(one.db, task)).toMatchObject({ status: 'PROCESSING' })
      }),
    )
  })
})

let made = 0

/** The address of a PgBouncer before a database of the test's own. */
async function behind(settings: Record<string, string | number>, query: string, options = {}) {
  const database = await createTestDatabase(options)
  made += 1
  const dir = join(folder, String(made))
  const bouncer = await startPgBouncer({ dir, databaseUrl: database.url, settings })
  onTestFinished(async () => {
    await bouncer.stop()
    await database.drop()
  })
  return bouncer.url + (query && (bouncer.url.includes('?') ? '&' : '?')) + query
}

function aPool(url: string) {
  const pool = openDatabase(url, { max: 5 })
  onTestFinished(() => pool.close())
  return pool
}

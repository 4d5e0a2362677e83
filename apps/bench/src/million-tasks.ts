import { migrate } from '@reelay/db/migrate'
import postgres from 'postgres'

export const TASKS = 1_000_000
export const BUSY_TASKS = 100_000
const TASKS_EACH = 100
const BATCH = 100_000
const DAYS = 90

/** `emptyUrl` is a database like it without a task. */
export type Millions = {
  url: string
  emptyUrl: string
  busy: string
  users: string[]
  drop: () => Promise<void>
}

/**
 * A database of its own with a million tasks: one user has a tenth of them, the others a hundred each. One in
 * twenty FAILED, one in fifty-four CANCELLED, the newest two in a thousand unfinished; every task but the first
 * two of a user is a remix of an earlier one.
 */
export async function fillMillion(server: string, say: (progress: string) => void): Promise<Millions> {
  const admin = postgres(server, { max: 1, onnotice: () => {} })
  const names = [`bench_reads_${process.pid}`, `bench_reads_${process.pid}_empty`] as const
  const [url, emptyUrl] = names.map(
    (name) => Object.assign(new URL(server), { pathname: `/${name}` }).href,
  ) as [string, string]
  for (const name of names) await admin.unsafe(`create database ${name}`)
  await Promise.all([migrate(url), migrate(emptyUrl)])

  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const users = (
    await sql<{ id: string }[]>`
      insert into users (username, email, password_hash)
      select 'bench-' || i, 'bench-' || i || '@example.com', 'none'
      from generate_series(0, ${(TASKS - BUSY_TASKS) / TASKS_EACH}::int) i returning id`
  ).map(({ id }) => id)
  // Built at the end, as a restore does it: filling them row by row takes minutes.
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid in ('video_tasks'::regclass, 'submissions'::regclass) and not indisprimary`
  for (const index of indexes) await sql.unsafe(`drop index ${index.name}`)
  for (let from = 0; from < TASKS; from += BATCH) {
    await insertTasks(sql, from, users)
    say(`${from + BATCH} tasks`)
  }
  await sql`
    insert into submissions (video_id, attempt, outcome, twin_key, run_id, external_id, started_at)
    select video_id, attempt, case status when 'QUEUED' then 'in_doubt' else 'accepted' end, video_id,
      gen_random_uuid(), external_task_id, created_at
    from video_tasks`
  for (const index of indexes) await sql.unsafe(index.definition)
  say(`${indexes.length} indexes`)
  await sql`vacuum analyze`
  await sql.end()

  const drop = async () => {
    for (const name of names) await admin.unsafe(`drop database ${name} with (force)`)
    await admin.end()
  }
  return { url, emptyUrl, busy: users[0] as string, users, drop }
}

/** Names tell the user and the place among the user's: so a task can be picked without a look. */
export function taskName(user: number, place: number): string {
  return `video_1762500000000_${String(user).padStart(6, '0')}${String(place).padStart(7, '0')}`
}

async function insertTasks(sql: postgres.Sql, from: number, users: string[]): Promise<void> {
  await sql`
    insert into video_tasks (video_id, user_id, client_request_id, request_hash, status, progress, external_task_id,
      prompt, model, size, seconds, metadata, created_at, updated_at, queued_at, accepted_at, completed_at)
    select
      'video_1762500000000_' || lpad(owner::text, 6, '0') || lpad(place::text, 7, '0'),
      (${sql.array(users, 2951)}::uuid[])[owner + 1],
      case when i % 2 = 0 then 'key ' || i end, md5(i::text), status, 0,
      case status when 'QUEUED' then null else 'upstream_' || i end,
      repeat('a paper boat on a long river, ', 6), 'sora-2', '1280x720', '8',
      case when place < 2 then '{}'::jsonb else jsonb_build_object('type', 'remix', 'remix_from',
        'video_1762500000000_' || lpad(owner::text, 6, '0') || lpad((place / 3)::text, 7, '0')) end,
      at, at + interval '3 minutes', at, case status when 'QUEUED' then null else at end,
      case when status in ('QUEUED', 'PROCESSING') then null else at + interval '3 minutes' end
    from (
      select *, now() - (1 - (place + 1)::float8 / total) * ${DAYS}::int * interval '1 day' as at,
        case
          when place >= total * 0.998 and i % 2 = 0 then 'QUEUED'
          when place >= total * 0.998 then 'PROCESSING'
          when i % 20 = 1 then 'FAILED'
          when i % 54 = 2 then 'CANCELLED'
          else 'COMPLETED'
        end as status
      from (
        select i,
          case when i < ${BUSY_TASKS}::int then 0 else 1 + (i - ${BUSY_TASKS}::int) / ${TASKS_EACH}::int end as owner,
          case when i < ${BUSY_TASKS}::int then i else (i - ${BUSY_TASKS}::int) % ${TASKS_EACH}::int end as place,
          case when i < ${BUSY_TASKS}::int then ${BUSY_TASKS}::int else ${TASKS_EACH}::int end as total
        from generate_series(${from}::int, ${from + BATCH - 1}::int) i
      ) placed
    ) made`
}

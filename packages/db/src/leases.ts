import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'

/**
 * Takes or renews the named lease for `ttlMs` and says whether `holder` has it now. By the database's
 * clock, and free again by itself after the holder died. Asking for another's lease writes and locks nothing.
 */
export async function takeLease(db: Database, name: string, holder: string, ttlMs: number): Promise<boolean> {
  const until = sql`clock_timestamp() + ${ttlMs} * interval '1 ms'`
  const taken = await db.execute(sql`
    insert into leases as l (name, holder, expires_at)
    select ${name}, ${holder}, ${until} where not exists (
      select from leases where name = ${name} and holder <> ${holder} and expires_at >= clock_timestamp()
    )
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
    where l.holder = excluded.holder or l.expires_at < clock_timestamp()
    returning name`)
  return taken.length === 1
}

export async function releaseLease(db: Database, name: string, holder: string): Promise<void> {
  await db.execute(sql`delete from leases where name = ${name} and holder = ${holder}`)
}

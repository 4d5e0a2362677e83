import type { Scope } from '@reelay/contracts/api-keys'
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { isOneOf } from './one-of.ts'
import { type ApiKeyRow, apiKeys } from './schema.ts'

export type ApiKeys = ReturnType<typeof createApiKeys>

export type NewApiKey = {
  id: string
  userId: string
  name: string
  prefix: string
  hash: string
  scopes: Scope[]
  expiresAt: Date | null
}

export type KeyHolder = Pick<ApiKeyRow, 'id' | 'userId' | 'scopes' | 'expiresAt'>

export function createApiKeys(db: Database) {
  return {
    /** Undefined where the user has as many as may be. Repeated with the same id it is the same key. */
    async insert(key: NewApiKey, most: number): Promise<ApiKeyRow | undefined> {
      const { id, userId, name, prefix, hash, scopes, expiresAt } = key
      await db.execute(sql`
        select insert_api_key(
          ${id}, ${userId}, ${name}, ${prefix}, ${hash}, ${`{${scopes.join()}}`}::text[],
          ${expiresAt?.toISOString() ?? null}, ${most}
        )`)
      const [row] = await db.select().from(apiKeys).where(eq(apiKeys.id, id))
      return row
    },

    list: (userId: string): Promise<ApiKeyRow[]> =>
      db
        .select()
        .from(apiKeys)
        .where(eq(apiKeys.userId, userId))
        .orderBy(desc(apiKeys.createdAt), apiKeys.id),

    async remove(userId: string, id: string): Promise<boolean> {
      const removed = await db
        .delete(apiKeys)
        .where(and(eq(apiKeys.id, id), eq(apiKeys.userId, userId)))
        .returning({ id: apiKeys.id })
      return removed.length === 1
    },

    async findHolders(hashes: string[]): Promise<Map<string, KeyHolder>> {
      const { id, userId, scopes, expiresAt, hash } = apiKeys
      const rows = await db
        .select({ id, userId, scopes, expiresAt, hash })
        .from(apiKeys)
        .where(and(inArray(hash, hashes), sql`coalesce(${expiresAt} > clock_timestamp(), true)`))
      return new Map(rows.map(({ hash, ...holder }) => [hash, holder]))
    },

    async gone(ids: string[]): Promise<string[]> {
      const there = await db.select({ id: apiKeys.id }).from(apiKeys).where(isOneOf(apiKeys.id, ids))
      const found = new Set(there.map(({ id }) => id))
      return ids.filter((id) => !found.has(id))
    },

    async noteUse(ids: string[]): Promise<void> {
      const minute = sql`date_trunc('minute', clock_timestamp())`
      await db
        .update(apiKeys)
        .set({ lastUsedAt: minute })
        .where(and(isOneOf(apiKeys.id, ids), sql`coalesce(${apiKeys.lastUsedAt} < ${minute}, true)`))
    },
  }
}

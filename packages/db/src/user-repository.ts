import { eq, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { violatedUnique } from './errors.ts'
import { isOneOf } from './one-of.ts'
import { type UserRow, users } from './schema.ts'

export type UserRepository = ReturnType<typeof createUserRepository>
export type NewUser = Pick<typeof users.$inferInsert, 'username' | 'email' | 'passwordHash' | 'role'>

/** Accounts. Names and addresses are unique whatever their case. */
export function createUserRepository(db: Database) {
  return {
    async insert(user: NewUser): Promise<UserRow | 'username' | 'email'> {
      try {
        const [row] = await db.insert(users).values(user).returning()
        if (!row) throw new Error('insert returned no row')
        return row
      } catch (error) {
        const taken = violatedUnique(error)
        if (taken === 'users_username_key') return 'username'
        if (taken === 'users_email_key') return 'email'
        throw error
      }
    },

    async findByName(username: string): Promise<UserRow | undefined> {
      const [user] = await db.select().from(users).where(sql`lower(${users.username}) = lower(${username})`)
      return user
    },

    async find(id: string): Promise<UserRow | undefined> {
      const [user] = await db.select().from(users).where(eq(users.id, id))
      return user
    },

    async gone(ids: string[]): Promise<string[]> {
      const there = await db.select({ id: users.id }).from(users).where(isOneOf(users.id, ids))
      const found = new Set(there.map(({ id }) => id))
      return ids.filter((id) => !found.has(id))
    },
  }
}

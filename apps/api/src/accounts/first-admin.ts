import { randomUUID } from 'node:crypto'
import type { UserRepository } from '@reelay/db/user-repository'
import type { Logger } from 'pino'
import type { Passwords } from './passwords.ts'

export type FirstAdmin = { username: string; password: string }

/**
 * Makes the account with the role ADMIN unless one of its name exists, which is left as it is. Of several
 * processes that start at once the unique name lets one succeed.
 */
export async function makeFirstAdmin(
  { username, password }: FirstAdmin,
  { users, passwords, log }: { users: UserRepository; passwords: Passwords; log: Logger },
): Promise<void> {
  if (!(await users.findByName(username))) {
    const passwordHash = await passwords.hash(password)
    // An address of its own, which nobody can take first.
    const email = `${randomUUID()}@admin.invalid`
    const made = await users.insert({ username, email, passwordHash, role: 'ADMIN' })
    if (typeof made !== 'string') return log.info({ userId: made.id }, 'first admin made')
  }
  const existing = await users.findByName(username)
  if (existing?.role !== 'ADMIN') log.error('the name in ADMIN_USERNAME belongs to a user without the role')
}

import { createHash, randomBytes } from 'node:crypto'
import { TicketHolder } from '@reelay/contracts/auth'
import type { FeedTicket } from '@reelay/contracts/replies'
import type { Redis } from 'ioredis'
import { keyPrefix } from './queues.ts'

export type Tickets = ReturnType<typeof createTickets>

const TICKET_LIFE_MS = 60_000

/**
 * Tickets that open one feed each, at any api process. Redis holds a hash of each, so that who reads Redis
 * can open nothing. Rejects while Redis is away; whether a ticket was spent is then unknown.
 */
export function createTickets({ connection, prefix }: { connection: Redis; prefix: string }) {
  const keyOf = (ticket: string) =>
    `${keyPrefix(prefix)}:ticket:${createHash('sha256').update(ticket).digest('base64url')}`

  return {
    async issue(holder: TicketHolder): Promise<FeedTicket> {
      const now = Date.now()
      const ticket = randomBytes(24).toString('base64url')
      const lifeMs = Math.max(1, Math.min(TICKET_LIFE_MS, holder.tokenExpiresAt - now))
      await connection.set(keyOf(ticket), JSON.stringify(holder), 'PX', lifeMs)
      return { ticket, expiresAt: now + lifeMs }
    },

    async spend(ticket: string): Promise<TicketHolder | undefined> {
      const stored = await connection.getdel(keyOf(ticket))
      return stored === null ? undefined : TicketHolder.parse(JSON.parse(stored))
    },
  }
}

import { DoubtfulSubmissions } from '@reelay/contracts/operations'
import { success } from '@reelay/contracts/replies'
import type { Ledger } from '@reelay/db/ledger'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'

export type InDoubtDeps = {
  ledger: Pick<Ledger, 'openSubmissions'>
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

const MOST = 100

/** Submissions of which nobody knows yet whether they were made: what may have been paid for unseen. */
export const inDoubt: FastifyPluginAsyncZod<InDoubtDeps> = async (app, { ledger, requireAdmin }) => {
  app.get(
    '/api/admin/in-doubt',
    {
      onRequest: [authenticate, requireAdmin],
      config: { refusesKeys: true },
      schema: {
        ...about({
          summary: 'Submissions whose outcome is open',
          tag: 'admin',
          description: `For ADMINs. The oldest first, at most ${MOST}.`,
          security: ['account'],
          fails: ['forbidden'],
        }),
        response: { 200: success(DoubtfulSubmissions) },
      },
    },
    async () => {
      const rows = await ledger.openSubmissions(MOST + 1)
      const submissions = rows
        .slice(0, MOST)
        .map((row) => ({ ...row, startedAt: row.startedAt.toISOString() }))
      return { success: true as const, data: { submissions, truncated: rows.length > MOST } }
    },
  )
}

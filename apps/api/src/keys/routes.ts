import { randomUUID } from 'node:crypto'
import { type ApiKey, KeyList, NewKey, NewKeyBody, scopes } from '@reelay/contracts/api-keys'
import { success } from '@reelay/contracts/replies'
import type { ApiKeys } from '@reelay/db/api-keys'
import type { ApiKeyRow } from '@reelay/db/schema'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { type About, about } from '../openapi/about.ts'
import { hashOf, newSecretKey, prefixOf } from './secret-key.ts'

const MOST_KEYS = 50

const common = { tag: 'accounts', security: ['account'] } satisfies Partial<About>
/** A key must not make another that outlives it. */
const config = { refusesKeys: true }

export const keyRoutes: FastifyPluginAsyncZod<{ apiKeys: ApiKeys }> = async (app, { apiKeys }) => {
  app.post(
    '/api/keys',
    {
      onRequest: authenticate,
      config,
      schema: {
        ...about({
          ...common,
          summary: 'Make an API key',
          description:
            'For programs, in place of a token: Authorization: Bearer sk-reelay-… It is shown this once.',
          fails: ['too_many_keys'],
        }),
        body: NewKeyBody,
        response: { 201: success(NewKey) },
      },
    },
    async ({ user, body }, reply) => {
      const key = newSecretKey()
      const row = await apiKeys.insert(
        {
          id: randomUUID(),
          userId: user.sub,
          name: body.name,
          prefix: prefixOf(key),
          hash: hashOf(key),
          scopes: scopes.filter((scope) => (body.scopes ?? scopes).includes(scope)),
          expiresAt: body.expiresAt ? new Date(body.expiresAt) : null,
        },
        MOST_KEYS,
      )
      if (!row) throw new ApiError('too_many_keys')
      reply.code(201)
      return { success: true as const, data: { ...shown(row), key } }
    },
  )

  app.get(
    '/api/keys',
    {
      onRequest: authenticate,
      config,
      schema: {
        ...about({ ...common, summary: 'List your API keys' }),
        response: { 200: success(KeyList) },
      },
    },
    async ({ user }) => {
      const rows = await apiKeys.list(user.sub)
      return { success: true as const, data: { keys: rows.map(shown) } }
    },
  )

  app.delete(
    '/api/keys/:id',
    {
      onRequest: authenticate,
      config,
      schema: {
        ...about({
          ...common,
          summary: 'Revoke an API key',
          description: 'Within 5 s it opens nothing any more, and feeds that were opened with it have ended.',
          fails: ['key_not_found'],
        }),
        params: z.object({ id: z.string().describe('Its id') }),
        response: { 200: success(z.object({}), {}) },
      },
    },
    async ({ user, params }) => {
      const id = z.guid().safeParse(params.id).data
      if (!id || !(await apiKeys.remove(user.sub, id))) throw new ApiError('key_not_found')
      return { success: true as const, data: {} }
    },
  )
}

function shown({ createdAt, lastUsedAt, expiresAt, id, name, prefix, scopes }: ApiKeyRow): ApiKey {
  return {
    ...{ id, name, prefix, scopes },
    createdAt: createdAt.getTime(),
    lastUsedAt: lastUsedAt?.getTime() ?? null,
    expiresAt: expiresAt?.getTime() ?? null,
  }
}

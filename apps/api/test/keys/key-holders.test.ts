import { createApiKeys } from '@reelay/db/api-keys'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createKeyHolders } from '../../src/keys/key-holders.ts'
import { buildTestApp } from '../support/test-app.ts'

const REMEMBERED_MS = 3000
const api = await buildTestApp()
afterAll(api.stop)

test('Postgres is asked once for a key of many requests, and once for many keys', async () => {
  const user = await api.aUser()
  const made = await Promise.all([1, 2, 3].map((n) => user.post('/api/keys', { name: `key ${n}` })))
  const keys = made.map((answer) => answer.json().data.key as string)
  const { findHolders, noteUse } = createApiKeys(api.db)
  let queries = 0
  const counted = {
    noteUse,
    findHolders: (hashes: string[]) => {
      queries += 1
      return findHolders(hashes)
    },
  }
  const holders = createKeyHolders(counted, pino({ level: 'silent' }))
  const startedAt = performance.now()
  const found = await Promise.all([...keys, ...keys].map((key) => holders.find(key)))
  expect(found.map((holder) => holder?.userId)).toEqual(Array(6).fill(user.id))
  expect(queries).toBe(1)
  for (let n = 0; n < 1000; n += 1) await holders.find(keys[n % 3] as string)
  // A machine that is busy for so long forgets each of them once more.
  const forgotten = Math.floor((performance.now() - startedAt) / REMEMBERED_MS) * keys.length
  expect(queries).toBeLessThanOrEqual(1 + forgotten)
})

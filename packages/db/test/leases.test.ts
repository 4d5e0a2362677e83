import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeLease } from '../src/leases.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a lease is for one of twenty at a time', async () => {
  const name = randomUUID()
  const taken = await Promise.all(
    Array.from({ length: 20 }, (_, n) => takeLease(database.db, name, `worker ${n}`, 60_000)),
  )
  expect(taken.filter(Boolean)).toHaveLength(1)
})

test('its holder renews a lease, and nobody else', async () => {
  const name = randomUUID()
  expect(await takeLease(database.db, name, 'a', 60_000)).toBe(true)
  expect(await takeLease(database.db, name, 'b', 60_000)).toBe(false)
  expect(await takeLease(database.db, name, 'a', 60_000)).toBe(true)
})

test('a lease that ran out is free again', async () => {
  const name = randomUUID()
  expect(await takeLease(database.db, name, 'a', -1)).toBe(true)
  expect(await takeLease(database.db, name, 'b', 60_000)).toBe(true)
  expect(await takeLease(database.db, name, 'a', 60_000)).toBe(false)
})

test('leases of different names are independent', async () => {
  expect(await takeLease(database.db, randomUUID(), 'a', 60_000)).toBe(true)
  expect(await takeLease(database.db, randomUUID(), 'b', 60_000)).toBe(true)
})

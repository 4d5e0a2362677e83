import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUserRepository, type UserRepository } from '../src/user-repository.ts'

let database: TestDatabase
let users: UserRepository
beforeAll(async () => {
  database = await createTestDatabase()
  users = createUserRepository(database.db)
  await users.insert({ username: 'TestUser', email: 'Test@Example.com', passwordHash: 'hash' })
})
afterAll(() => database.drop())

test('a new user has the role USER and can be found', async () => {
  const user = await users.insert({ username: 'another', email: 'another@example.com', passwordHash: 'hash' })
  if (typeof user === 'string') throw new Error(user)
  expect(user.role).toBe('USER')
  expect(await users.find(user.id)).toEqual(user)
  expect(await users.findByName('ANOTHER')).toEqual(user)
})

test.each([
  ['username', { username: 'testuser', email: 'new@example.com' }],
  ['email', { username: 'newcomer', email: 'test@EXAMPLE.com' }],
  ['username', { username: 'TESTUSER', email: 'test@example.com' }],
])('a taken %s is named, whatever its case', async (taken, user) => {
  expect(await users.insert({ ...user, passwordHash: 'hash' })).toBe(taken)
})

test('of twenty who want one name, one gets it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      users.insert({
        username: n % 2 ? 'wanted' : 'WANTED',
        email: `w${n}@example.com`,
        passwordHash: 'hash',
      }),
    ),
  )
  expect(answers.filter((answer) => typeof answer !== 'string')).toHaveLength(1)
  expect(answers.filter((answer) => answer === 'username')).toHaveLength(19)
})

test('nobody is found by a name that is not taken', async () => {
  expect(await users.findByName('nobody')).toBeUndefined()
  expect(await users.findByName('test%')).toBeUndefined()
  expect(await users.find('00000000-0000-0000-0000-000000000000')).toBeUndefined()
})

test.each(['ΝΙΚΟΣ', 'İpek', 'ÀÉÎ'])('%s is found by the very name it registered with', async (username) => {
  await users.insert({ username, email: `${encodeURIComponent(username)}@example.com`, passwordHash: 'hash' })
  expect(await users.findByName(username)).toMatchObject({ username })
})

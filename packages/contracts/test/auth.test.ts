import { expect, test } from 'vitest'
import { LoginBody, RegisterBody } from '../src/auth.ts'

const valid = { username: 'testuser', email: 'test@example.com', password: 'Test123456' }

test.each(['testuser', '小明同学', 'a.b-c_9', 'a'.repeat(64)])('a name may be %s', (username) => {
  expect(RegisterBody.parse({ ...valid, username }).username).toBe(username)
})

test.each([
  ['a name of two letters', { username: 'ab' }],
  ['a name of 65 letters', { username: 'a'.repeat(65) }],
  ['a name with a space', { username: 'test user' }],
  ['an address without a host', { email: 'test@' }],
  ['a password of seven characters', { password: '1234567' }],
  ['a password of 257 characters', { password: 'a'.repeat(257) }],
  ['a role of its own choosing', { role: 'ADMIN' }],
])('nobody registers with %s', (_, wrong) => {
  expect(RegisterBody.safeParse({ ...valid, ...wrong }).success).toBe(false)
})

test('a login takes names that nobody could have', () => {
  expect(LoginBody.safeParse({ username: 'no such user!', password: 'x' }).success).toBe(true)
  expect(LoginBody.safeParse({ username: 'a\u0000', password: 'x' }).success).toBe(false)
})

import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { makeFirstAdmin } from '../../src/accounts/first-admin.ts'
import { createPasswords } from '../../src/accounts/passwords.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const password = 'the password of an operator'
const lines: string[] = []
const log = pino({}, { write: (line) => void lines.push(line) })
const make = (username: string, secret = password) =>
  makeFirstAdmin({ username, password: secret }, { users: api.users, passwords: createPasswords(), log })

test('several starts at once make one admin who can log in', async () => {
  await Promise.all([make('operator'), make('operator'), make('Operator'), make('operator')])
  const { token, user } = (await logIn('operator')).json().data
  expect(user.role).toBe('ADMIN')
  const headers = { authorization: `Bearer ${token}` }
  expect((await api.app.inject({ url: '/api/video/tasks?all=true', headers })).statusCode).toBe(200)
  const [row] = await api.db.execute(
    "select count(*)::int as count from users where lower(username) = 'operator'",
  )
  expect(row?.count).toBe(1)
})

test('a later start with another password changes nothing', async () => {
  await make('keeper')
  await make('keeper', 'quite another password')
  expect((await logIn('keeper')).statusCode).toBe(200)
  expect((await logIn('keeper', 'quite another password')).statusCode).toBe(401)
})

test('a user who had the name first stays a user', async () => {
  const user = await api.aUser()
  await make(user.username)
  const row = await api.users.findByName(user.username)
  expect(row).toMatchObject({ role: 'USER', passwordHash: 'none' })
  expect(lines.join('')).toContain('belongs to a user without the role')
  expect(lines.join('')).not.toContain(password)
})

function logIn(username: string, secret = password) {
  return api.app.inject({ method: 'POST', url: '/api/auth/login', payload: { username, password: secret } })
}

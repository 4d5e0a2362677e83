import { randomBytes } from 'node:crypto'
import { appRoutes } from '@bull-board/api/dist/routes.js'
import type { Role } from '@reelay/contracts/auth'
import type { UserRow } from '@reelay/db/schema'
import { createPasswords } from '../../src/accounts/passwords.ts'
import type { Headers, TestApp } from './test-app.ts'

export const ORIGIN = 'http://localhost:80'
/** What production wants beside what every test app has. */
export const production = { NODE_ENV: 'production', JWT_SECRET: '5f0d2c8e9b7a41636f0e7d5c4b3a2918' }

export const PASSWORD = 'a password for operators'

/** Somebody with a password, to come in by the sign-in page. */
export async function anAccount({ users }: TestApp, role: Role): Promise<UserRow> {
  const username = `${role.toLowerCase()}-${randomBytes(6).toString('hex')}`
  const email = `${username}@example.org`
  const passwordHash = await createPasswords().hash(PASSWORD)
  const row = await users.insert({ username, email, role, passwordHash })
  if (typeof row === 'string') throw new Error(`${row} is taken`)
  return row
}

/** Sends the form of the sign-in page, as a browser would. */
export function signIn({ app }: TestApp, username: string, password = PASSWORD, headers: Headers = {}) {
  return app.inject({
    method: 'POST',
    url: '/admin/sign-in',
    payload: new URLSearchParams({ username, password }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN, ...headers },
  })
}

/** An ADMIN with the cookie of the sign-in page. */
export async function anOperator(api: TestApp) {
  const account = await anAccount(api, 'ADMIN')
  const answer = await signIn(api, account.username)
  const [set] = answer.cookies
  if (!set) throw new Error(`not signed in: ${answer.statusCode}`)
  const cookie = `${set.name}=${set.value}`
  return {
    ...account,
    cookie,
    token: set.value,
    get: (url: string, headers: Headers = {}) => api.app.inject({ url, headers: { cookie, ...headers } }),
    send: (method: 'POST' | 'PUT' | 'PATCH', url: string, payload: object = {}, headers: Headers = {}) =>
      api.app.inject({ method, url, payload, headers: { cookie, origin: ORIGIN, ...headers } }),
  }
}

type Route = { method: 'GET' | 'POST' | 'PUT' | 'PATCH'; url: string }

const BOARD = '/admin/queues'

/** Every path of the board's own table, and its static files. */
export const boardRoutes: Route[] = [
  { method: 'GET', url: BOARD },
  { method: 'GET', url: `${BOARD}/static/favicon.ico` },
  ...appRoutes.api.flatMap(({ method, route }) =>
    [method].flat().flatMap((name) =>
      [route].flat().map((path) => ({
        method: name.toUpperCase() as Route['method'],
        url: BOARD + filledIn(path),
      })),
    ),
  ),
]

function filledIn(pattern: string): string {
  return pattern
    .replace(':queueName', 'submit')
    .replace(':queueStatus', 'failed')
    .replace(/:\w+/g, 'video_1767225600000_abcdefg-1')
}

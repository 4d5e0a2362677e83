import { randomBytes } from 'node:crypto'
import { createClient } from '@reelay/client/client'
import type { World } from '../world/world.ts'

export type User = { name: string; id: string; token: string; password: string }

export async function createUsers({ apiUrls }: World, count: number, name = 'traveller'): Promise<User[]> {
  const users: User[] = []
  for (let i = 0; i < count; i += 1) {
    const password = randomBytes(12).toString('hex')
    const account = { username: `${name}${i}`, email: `${name}${i}@example.com`, password }
    const { id } = await createClient({ baseUrl: apiUrls[0] as string }).register(account)
    users.push({ name: account.username, id, password, token: await logIn(apiUrls[0] as string, account) })
  }
  return users
}

async function logIn(baseUrl: string, { username, password }: { username: string; password: string }) {
  const response = await fetch(`${baseUrl}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  const { data } = (await response.json()) as { data: { token: string } }
  return data.token
}

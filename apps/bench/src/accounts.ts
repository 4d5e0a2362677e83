import { createClient } from '@reelay/client/client'

export type Account = { userId: string; token: string }

/** Makes an account and logs in. */
export async function anAccount(baseUrl: string, username: string): Promise<Account> {
  const password = crypto.randomUUID()
  const email = `${username}@example.org`
  const { id: userId } = await createClient({ baseUrl }).register({ username, email, password })
  return { userId, token: await logIn(baseUrl, { username, password }) }
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

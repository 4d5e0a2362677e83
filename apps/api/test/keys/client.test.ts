import { createClient } from '@reelay/client/client'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

test('a program gets along with a key that its user made and revokes', async () => {
  const baseUrl = await api.listen()
  const { token } = await api.aUser()
  const user = createClient({ baseUrl, token })
  const made = await user.createKey({ name: 'a program', scopes: ['videos:read'] })
  const { key, ...told } = made
  expect(await user.keys()).toEqual([told])

  const program = createClient({ baseUrl, token: key })
  expect((await program.tasks()).total).toBe(0)
  await expect(program.createTask({ prompt: 'a paper boat' })).rejects.toMatchObject({
    status: 403,
    code: 'insufficient_scope',
  })
  await user.revokeKey(made.id)
  expect(await user.keys()).toEqual([])
  await expect.poll(() => program.tasks().catch((error) => error.status)).toBe(401)
})

import { afterAll, expect, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()
const authorization = `Bearer ${user.token}`

test.each(['/api/sse/task-updates', '/api/video/tasks', '/api/video/content/x', '/api/auth/login'])(
  'OPTIONS of %s is answered at once and allows nothing',
  async (url) => {
    const answer = await api.app.inject({ method: 'OPTIONS', url, headers: { authorization } })
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  },
)

test.each(['recover', 'import'])('%s takes POST only', async (leaf) => {
  for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
    const url = `/api/video/tasks/${leaf}`
    expect((await api.app.inject({ method, url, headers: { authorization } })).statusCode).toBe(404)
  }
  expect((await user.get(`/api/video/tasks/${leaf}`)).json().code).toBe('task_not_found')
})

test.each(['GET', 'PUT', 'DELETE'] as const)('no account is made or left by %s', async (method) => {
  for (const leaf of ['register', 'login', 'verify', 'logout'])
    expect((await api.app.inject({ method, url: `/api/auth/${leaf}` })).statusCode).toBe(404)
})

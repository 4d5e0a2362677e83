import { expect, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

test('a healthy process says that it is alive and ready', async () => {
  await using api = await buildTestApp()
  expect((await api.app.inject('/health')).json()).toEqual({ success: true, data: { status: 'alive' } })
  const data = async () => (await api.app.inject('/health/ready')).json().data
  await expect.poll(data).toEqual({ postgres: 'ok', redis: 'ok', stopping: false })
  expect((await api.app.inject('/health/ready')).statusCode).toBe(200)
})

test('without Postgres the process is alive but not ready', async () => {
  await using api = await buildTestApp({ env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } })
  expect((await api.app.inject('/health')).statusCode).toBe(200)

  const ready = await api.app.inject('/health/ready')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toMatchObject({ success: false, data: { postgres: 'unavailable', redis: 'ok' } })
})

test('without Postgres a request is answered unavailable and retryable', async () => {
  await using api = await buildTestApp({ env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } })
  const token = api.app.jwt.sign({ sub: crypto.randomUUID(), username: 'somebody', role: 'USER' })
  const headers = { authorization: `Bearer ${token}` }
  for (const request of [
    { method: 'GET', url: '/api/video/tasks' },
    { method: 'POST', url: '/api/video/tasks', payload: { prompt: 'a cat' } },
    { method: 'POST', url: '/api/auth/login', payload: { username: 'somebody', password: 'some password' } },
  ] as const) {
    const answer = await api.app.inject({ ...request, headers })
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toMatch(/^\d+$/)
    expect(answer.json()).toMatchObject({ success: false, code: 'unavailable' })
  }
})

test('without Redis the process stays ready and says so', async () => {
  await using api = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const ready = await api.app.inject('/health/ready')
  expect(ready.statusCode).toBe(200)
  expect(ready.json().data).toMatchObject({ postgres: 'ok', redis: 'unavailable' })
})

import { expect, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

const tasks = '/api/video/tasks'
const RATE_LIMIT_PER_MINUTE = '2'

test('files of pages are not counted', async () => {
  await using api = await buildTestApp({ env: { RATE_LIMIT_PER_MINUTE, DOCS: 'open' } })
  const files = [
    '/',
    '/studio',
    '/studio/videos/x',
    '/studio/assets/none.js',
    '/docs',
    '/docs/static/index.css',
  ]
  for (const url of files) expect((await api.app.inject(url)).headers['ratelimit-limit'], url).toBeUndefined()
  expect((await api.app.inject(tasks)).headers['ratelimit-remaining']).toBe('1')
})

test('what a link opens counts for its video, and a spent link for the address', async () => {
  await using api = await buildTestApp({ env: { RATE_LIMIT_PER_MINUTE } })
  const user = await api.aUser()
  const linkOf = async () => {
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    return (await user.get(`${tasks}/${videoId}/content`)).json().data.url
  }
  const [one, other] = [await linkOf(), await linkOf()]
  const remaining = async (url: string) => (await api.app.inject(url)).headers['ratelimit-remaining']
  expect([await remaining(one), await remaining(other), await remaining(one)]).toEqual(['1', '1', '0'])
  expect((await api.app.inject(one)).statusCode).toBe(429)

  expect([await remaining(`${one}x`), await remaining(tasks)]).toEqual(['1', '0'])
  expect((await api.app.inject(`${other}x`)).statusCode).toBe(429)
  expect((await api.app.inject(other)).statusCode).not.toBe(429)
})

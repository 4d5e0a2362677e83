import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anAccount, anOperator, boardRoutes, PASSWORD, production, signIn } from '../support/admin.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

const writes = boardRoutes.filter(({ method }) => method !== 'GET')
const foreign = { origin: 'https://elsewhere.example' }
let api: TestApp
let operator: Awaited<ReturnType<typeof anOperator>>

beforeAll(async () => {
  api = await buildTestApp()
  operator = await anOperator(api)
})
afterAll(() => api.stop())

describe('who may see the board', () => {
  test('nobody without the role, be it a file', async () => {
    const { token } = await api.aUser()
    for (const route of boardRoutes) {
      const stranger = await api.app.inject(route)
      expect(stranger.statusCode, route.url).toBe(401)
      expect(stranger.json()).toMatchObject({ success: false, code: 'unauthorized' })

      const refused = await api.app.inject({ ...route, headers: { authorization: `Bearer ${token}` } })
      expect(refused.statusCode, route.url).toBe(403)
      expect(refused.json()).toMatchObject({ success: false, code: 'forbidden' })
    }
  })

  test('an operator sees the page, its files and its data', async () => {
    const page = await operator.get('/admin/queues')
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('__UI_CONFIG__')
    const [script] = /static\/js\/main[^"]+/.exec(page.body) ?? []
    expect((await operator.get(`/admin/queues/${script}`)).statusCode).toBe(200)
    const { queues } = (await operator.get('/admin/queues/api/queues')).json()
    expect(queues.map(({ name }: { name: string }) => name)).toEqual([
      'submit',
      'reconcile',
      'poll',
      'archive',
    ])
  })

  test('an ADMIN gets in with a Bearer token, too', async () => {
    const admin = await api.aUser({ role: 'ADMIN' })
    expect((await admin.get('/admin/queues/api/queues')).statusCode).toBe(200)
  })

  test('a browser without the cookie is led to the page', async () => {
    const answer = await api.app.inject({ url: '/admin', headers: { accept: 'text/html' } })
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe('/admin/sign-in')
  })

  test('a role that was taken away ends at once', async () => {
    const former = await anOperator(api)
    await api.db.execute(`update users set role = 'USER' where id = '${former.id}'`)
    expect((await former.get('/admin/queues')).statusCode).toBe(403)
    await api.db.execute(`delete from users where id = '${former.id}'`)
    expect((await former.get('/admin/queues')).statusCode).toBe(401)
  })
})

describe('the cookie', () => {
  test('is for this site, this path and no script', async () => {
    const { username } = await anAccount(api, 'ADMIN')
    const answer = await signIn(api, username)
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/admin/queues')
    expect(answer.cookies).toEqual([
      expect.objectContaining({ path: '/admin', httpOnly: true, sameSite: 'Strict' }),
    ])
    expect(answer.cookies[0]).not.toHaveProperty('secure')
  })

  test('is for TLS only in production', async () => {
    await using strict = await buildTestApp({ env: production })
    const { username } = await anAccount(strict, 'ADMIN')
    expect((await signIn(strict, username)).cookies[0]).toMatchObject({ secure: true })
  })

  test('is not told from another of its name', async () => {
    const [one, other] = [await anOperator(api), await anOperator(api)]
    const twice = (a: string, b: string) =>
      api.app.inject({ url: '/admin/queues', headers: { cookie: `a=b; ${a}; ${b}` } })
    expect((await twice(one.cookie, one.cookie)).statusCode).toBe(200)
    const refused = await twice(one.cookie, other.cookie)
    expect(refused.statusCode).toBe(400)
    expect(refused.json().details).toMatchObject([{ field: 'Cookie' }])
  })

  test('is no Bearer token, and a Bearer token no cookie', async () => {
    const admin = await api.aUser({ role: 'ADMIN' })
    const authorization = `Bearer ${operator.token}`
    for (const url of ['/api/video/tasks', '/admin/queues']) {
      expect((await api.app.inject({ url, headers: { authorization } })).statusCode).toBe(401)
    }
    const cookie = `reelay_admin=${admin.token}`
    expect((await api.app.inject({ url: '/admin/queues', headers: { cookie } })).statusCode).toBe(401)
    const verified = await api.app.inject({
      method: 'POST',
      url: '/api/auth/verify',
      payload: { token: operator.token },
    })
    expect(verified.statusCode).toBe(401)
  })

  test('goes at signing out', async () => {
    const [cleared] = (await operator.get('/admin/sign-out')).cookies
    expect(cleared).toMatchObject({ name: 'reelay_admin', value: '', path: '/admin' })
  })
})

describe('the sign-in page', () => {
  test('speaks both languages', async () => {
    const read = (language: string) =>
      api.app.inject({ url: '/admin/sign-in', headers: { 'accept-language': language } })
    expect((await read('en')).body).toContain('Sign in')
    const chinese = (await read('zh-CN')).body
    expect(chinese).toContain('<html lang="zh-CN">')
    expect(chinese).toContain('密码')
  })

  test('answers every wrong pair alike', async () => {
    const admin = await anAccount(api, 'ADMIN')
    const user = await anAccount(api, 'USER')
    const answers = await Promise.all([
      signIn(api, admin.username, 'a wrong password'),
      signIn(api, `nobody-${randomUUID()}`),
      signIn(api, user.username, PASSWORD),
    ])
    for (const answer of answers) {
      expect(answer.statusCode).toBe(401)
      expect(answer.cookies).toEqual([])
      expect(answer.body).toBe(answers[0]?.body)
    }
    expect(answers[0]?.body).toContain('<p role="alert">Wrong user name or password</p>')
  })

  test('takes ten tries with a name and tells the eleventh to wait', async () => {
    await using limited = await buildTestApp({ env: { RATE_LIMIT_PER_MINUTE: '300' } })
    const { username } = await anAccount(limited, 'ADMIN')
    for (let tries = 0; tries < 10; tries += 1)
      expect((await signIn(limited, username, 'a wrong password')).statusCode).toBe(401)
    const refused = await signIn(limited, username)
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['retry-after']).toMatch(/^\d+$/)
    expect(refused.body).toContain('role="alert"')
    expect(refused.cookies).toEqual([])
  })

  test('shows nothing that was typed into it', async () => {
    const typed = '<script>alert(1)</script>'
    for (const answer of [await signIn(api, typed, typed), await signIn(api, '', typed)]) {
      expect(answer.statusCode).toBeGreaterThanOrEqual(400)
      expect(answer.headers['content-type']).toContain('text/html')
      expect(answer.body).not.toContain('alert(1)')
    }
  })

  test('allows its own stylesheet and nothing else', async () => {
    const page = await api.app.inject('/admin/sign-in')
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/)
    expect(page.body).not.toMatch(/<script|style=|https?:/)
  })
})

describe('a write from another site', () => {
  test('is refused on every path', async () => {
    expect(writes.length).toBeGreaterThan(20)
    for (const { method, url } of writes)
      await expectForbidden(operator.send(method as 'PUT', url, {}, foreign))
  })

  test.each([
    ['a page of nowhere', { origin: 'null' }],
    ['no page at all', { origin: '' }],
    ['another port', { origin: 'http://localhost:8080' }],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }],
    ['a page of another site that hides', { 'sec-fetch-site': 'cross-site' }],
  ])('is refused from %s', async (_, headers) => {
    await expectForbidden(operator.send('PUT', '/admin/queues/api/queues/submit/pause', {}, headers))
    await expectForbidden(signIn(api, operator.username, PASSWORD, headers))
  })

  test.each(['Basic YTpi', 'Bearer', 'Bearer two words'])(
    'is refused beside %s, which is no token',
    async (authorization) => {
      const headers = { ...foreign, authorization }
      await expectForbidden(operator.send('PUT', '/admin/queues/api/queues/submit/pause', {}, headers))
    },
  )

  test('is told from one of our own', async () => {
    const url = '/admin/queues/api/queues/submit'
    for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }]) {
      expect((await operator.send('PUT', `${url}/pause`, {}, headers)).statusCode).toBe(200)
      expect((await operator.send('PUT', `${url}/resume`, {}, headers)).statusCode).toBe(200)
    }
  })

  test('is told from one of the public address', async () => {
    await using behind = await buildTestApp({ env: { PUBLIC_URL: 'https://reelay.example' } })
    const { username } = await anAccount(behind, 'ADMIN')
    const origin = 'https://reelay.example'
    expect((await signIn(behind, username, PASSWORD, { origin })).statusCode).toBe(303)
  })

  async function expectForbidden(request: ReturnType<typeof signIn>): Promise<void> {
    const answer = await request
    expect(answer.statusCode).toBe(403)
    expect(answer.cookies).toEqual([])
  }
})

describe('a board that only shows', () => {
  test('refuses every write', async () => {
    await using shown = await buildTestApp({ env: { BULL_BOARD_READ_ONLY: 'true' } })
    const reader = await anOperator(shown)
    for (const { method, url } of writes) {
      const answer = await reader.send(method as 'PUT', url)
      expect(answer.statusCode, url).toBe(405)
      expect(answer.json()).toEqual({ error: { key: 'ERRORS.QUEUE_READ_ONLY' } })
    }
    expect((await reader.get('/admin/queues/api/queues')).statusCode).toBe(200)
  })
})

test('what is wrong with a request to the board is no fault of ours', async () => {
  const url = '/admin/queues/api/queues'
  const odd = await operator.get(`${url}?activeQueue=%ff`)
  expect(odd.statusCode).toBe(400)
  expect(odd.json().details).toEqual([{ field: 'activeQueue', message: 'must be UTF-8' }])
  const headers = { 'content-type': 'application/json' }
  const pause = `${url}/submit/pause`
  expect((await operator.send('PUT', pause, '{' as never, headers)).statusCode).toBe(400)
  const typed = { 'content-type': 'text/plain' }
  expect((await operator.send('PUT', pause, 'x' as never, typed)).statusCode).toBe(415)
})

describe('what the board shows', () => {
  const canary = 'hidden-canary'

  test('is ids and nothing else of a task', async () => {
    const user = await api.aUser()
    const made = await user.post(
      '/api/video/tasks',
      { prompt: canary, metadata: { note: canary }, clientRequestId: canary },
      { prefer: 'respond-async' },
    )
    const { videoId } = made.json().data
    const job = `/admin/queues/api/queues/submit/${videoId}-1`
    const jobData = { v: 1, videoId, attempt: 1, prompt: canary }
    expect((await operator.send('PATCH', `${job}/update-data`, { jobData })).statusCode).toBe(200)
    const name = `{${api.config.redis.prefix}}:submit:${videoId}-1`
    expect(await api.redis.hget(name, 'data')).toContain(canary)

    const shown = await Promise.all(
      boardRoutes
        .filter(({ method }) => method === 'GET')
        .map(({ url }) => operator.get(url.replace('video_1767225600000_abcdefg-1', `${videoId}-1`))),
    )
    const lists = await operator.get('/admin/queues/api/queues?activeQueue=submit&status=prioritized')
    const page = await operator.get(`/admin/tasks/${videoId}`)
    expect(lists.body).toContain(`/admin/tasks/${videoId}`)
    for (const { body } of [...shown, lists, page]) {
      for (const secret of [canary, 'sk-test', user.token]) expect(body).not.toContain(secret)
    }
    expect((await operator.get('/admin/queues/api/redis/stats')).statusCode).toBe(403)
  })

  test('leads to the task, what was paid for it and its jobs', async () => {
    const user = await api.aUser()
    const { videoId, externalTaskId } = await api.aTask(user, { status: 'PROCESSING' })
    const { data } = (await operator.get(`/admin/tasks/${videoId}`)).json()
    expect(data).toMatchObject({
      task: { videoId, status: 'PROCESSING', userId: user.id },
      submissions: [{ attempt: 1, outcome: 'accepted', externalId: externalTaskId }],
      jobs: { submit: 'unknown', poll: 'unknown' },
    })
    expect((await operator.get('/admin/tasks/video_1')).statusCode).toBe(404)
    await api.db.execute(`update video_tasks set attempt = 2147483647 where video_id = '${videoId}'`)
    const last = await operator.get(`/admin/tasks/${videoId}`)
    expect(last.json().data).toMatchObject({ task: { attempt: 2147483647 }, submissions: [{ attempt: 1 }] })
  })

  test('can’t be framed, sniffed or kept', async () => {
    for (const url of [
      '/admin/sign-in',
      '/admin/queues',
      '/admin/queues/api/queues',
      '/admin/tasks/video_1',
      '/admin/lanes/default/default/17',
    ]) {
      const { headers } = await operator.get(url)
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['cache-control']).toContain('no-store')
      // With no-referrer a browser would send the form of the sign-in page from nowhere.
      expect(headers['referrer-policy']).toBe('same-origin')
    }
    expect((await operator.get('/admin/queues')).body).not.toContain('googleapis')
  })
})

test('without Redis the board says so and goes on', async () => {
  await using lonely = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const waiting = await anOperator(lonely)
  expect((await waiting.get('/admin/queues')).statusCode).toBe(200)
  expect((await waiting.get('/admin/queues/api/queues')).statusCode).toBe(503)
})

test('without Redis a task is shown all the same', async () => {
  await using lonely = await buildTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const task = await lonely.aTask(await lonely.aUser())
  const shown = await (await anOperator(lonely)).get(`/admin/tasks/${task.videoId}`)
  expect(shown.statusCode).toBe(200)
  expect(shown.json().data).toMatchObject({
    task: { status: 'QUEUED' },
    jobs: { submit: expect.stringMatching(/not known/), poll: expect.stringMatching(/not known/) },
  })
})

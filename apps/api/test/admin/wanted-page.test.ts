import { afterAll, describe, expect, test } from 'vitest'
import { ownPage } from '../../src/admin/wanted-page.ts'
import { anAccount, ORIGIN, PASSWORD } from '../support/admin.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

const page = '/admin/queues/queue/submit?status=waiting&q="%3Cb%3E'
const kept = '/admin/queues/queue/submit?status=waiting&q=%22%3Cb%3E'
const accept = 'text/html'

function signIn(url: string, username: string, password = PASSWORD) {
  const payload = new URLSearchParams({ username, password }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN }
  return api.app.inject({ method: 'POST', url, payload, headers })
}

test('whoever has to sign in lands where they wanted to, after a wrong password, too', async () => {
  const { username } = await anAccount(api, 'ADMIN')
  const led = await api.app.inject({ url: page, headers: { accept } })
  expect(led.headers.location).toBe(`/admin/sign-in?next=${encodeURIComponent(kept)}`)

  const form = await api.app.inject({ url: String(led.headers.location) })
  const action = actionIn(form.body)
  const again = await signIn(action, username, 'a wrong password')
  expect(again.statusCode).toBe(401)
  expect(actionIn(again.body)).toBe(action)
  const signedIn = await signIn(action, username)
  expect([signedIn.statusCode, signedIn.headers.location]).toEqual([303, kept])
})

test('whoever wanted nothing in particular lands on the queues', async () => {
  const { username } = await anAccount(api, 'ADMIN')
  for (const next of ['', '?next=', '?next=%2F%2Fevil.example', '?next=%2Fadmin%2Fa&next=%2Fadmin%2Fb']) {
    const signedIn = await signIn(`/admin/sign-in${next}`, username)
    expect([signedIn.statusCode, signedIn.headers.location]).toEqual([303, '/admin/queues'])
  }
})

describe('a page to land on', () => {
  test.each([
    ['/admin/tasks/video_1', '/admin/tasks/video_1'],
    ['/admin/queues/queue/submit?status=waiting', '/admin/queues/queue/submit?status=waiting'],
    ['/admin//evil.example', '/admin//evil.example'],
    ['/admin/a/../tasks/video_1', '/admin/tasks/video_1'],
    ['/admin/tasks/x#part', '/admin/tasks/x'],
  ])('may be %s', (wanted, landed) => expect(ownPage(wanted)).toBe(landed))

  test.each([
    '//evil.example',
    '//evil.example/admin/',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/admin/..//evil.example',
    '/admin/../%2Fevil.example',
    '/admin/%2e%2e//evil.example',
    '/admin/%2e%2e/studio',
    '/admin/.\t./studio',
    '/admin/..\\..\\\\evil.example',
    '%2F%2Fevil.example',
    '/%2Fevil.example',
    '/%5Cevil.example',
    'https:',
    'https:evil.example',
    'https://evil.example/admin/',
    'javascript:alert(1)',
    'admin/tasks/x',
    ' /admin/tasks/x',
    '/admin',
    '/administrator/x',
    '/admin.evil.example/',
    '/admin@evil.example/',
    '/Admin/tasks/x',
    '/admin/sign-in',
    '/admin/sign-out',
    '/studio/',
    '',
    ['/admin/tasks/x'],
    undefined,
  ])('may not be %j', (wanted) => expect(ownPage(wanted)).toBeUndefined())

  test('is never read as a part of the page', async () => {
    const next = encodeURIComponent('/admin/"><script>alert(1)</script>&<\'')
    const { body } = await api.app.inject(`/admin/sign-in?next=${next}`)
    expect(body).not.toContain('<script')
    expect(actionIn(body)).toMatch(/^\/admin\/sign-in\?next=[\w%.~!*'()-]*$/)
  })
})

function actionIn(html: string): string {
  return /<form method="post" action="([^"]*)">/.exec(html)?.[1] ?? 'none'
}

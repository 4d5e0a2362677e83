import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

test('the page runs under a policy that takes nothing from elsewhere', async () => {
  const page = await api.app.inject('/docs')
  expect(page.statusCode).toBe(200)
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|https?:|script-src/)
})

test('the page has no script of its own and loads only what is here', async () => {
  const { body } = await api.app.inject('/docs')
  expect(body).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/)
  const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '')
  expect(loaded.length).toBeGreaterThan(4)
  for (const url of loaded) {
    expect(url).toMatch(/^\/docs\/static\//)
    expect((await api.app.inject(url)).statusCode, url).toBe(200)
  }
})

test('the document is served beside the page', async () => {
  const served = await api.app.inject('/docs/json')
  expect(served.json()).toEqual(api.app.swagger())
})

test('a closed page is not there and neither is its document', async () => {
  await using closed = await buildTestApp({ env: { DOCS: 'closed' } })
  for (const url of ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-ui.css']) {
    const answer = await closed.app.inject(url)
    expect(answer.json(), url).toMatchObject({ code: 'not_found' })
  }
})

test.each([
  ['open', 'development', undefined],
  ['closed', 'production', undefined],
  ['open', 'production', 'open'],
  ['closed', 'test', 'closed'],
] as const)('the page is %s in %s when DOCS is %s', (docs, NODE_ENV, DOCS) => {
  const env = {
    NODE_ENV,
    DOCS,
    DATABASE_URL: api.config.database.url,
    REDIS_URL: api.config.redis.url,
    JWT_SECRET: '5f0d2c8e9b7a41636f0e7d5c4b3a2918',
    SORA_BASE_URL: 'https://upstream.test/v1',
    SORA_API_KEY: 'sk-8f2b',
  }
  expect(readConfig(env).docs.isOpen).toBe(docs === 'open')
})

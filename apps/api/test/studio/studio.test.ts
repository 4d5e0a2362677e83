import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import { removeFolder, temporaryFolder } from '@reelay/local-services/local-folder'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { studioPolicy } from '../../src/studio/policy.ts'
import { buildTestApp } from '../support/test-app.ts'

const page = '<!doctype html><title>the page</title>'
const script = 'export const answer = 42'
const studioFolder = temporaryFolder()
mkdirSync(join(studioFolder, 'assets'))
mkdirSync(join(studioFolder, '.vite'))
writeFileSync(join(studioFolder, 'index.html'), page)
writeFileSync(join(studioFolder, '.vite/manifest.json'), '{}')
writeFileSync(join(studioFolder, 'assets/main-abc.js'), script)
writeFileSync(join(studioFolder, 'assets/main-abc.js.br'), brotliCompressSync(script))
writeFileSync(join(studioFolder, 'assets/main-abc.js.gz'), gzipSync(script))

const api = await buildTestApp({ studioFolder })
afterAll(async () => {
  await api.stop()
  removeFolder(studioFolder)
})
const get = (url: string, headers = {}) => api.app.inject({ url, headers })

test('the root leads to the studio', async () => {
  for (const method of ['GET', 'HEAD'] as const) {
    const answer = await api.app.inject({ method, url: '/' })
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe('/studio/')
  }
})

test.each([
  '/studio',
  '/studio/',
  '/studio/videos/video_1767225600000_k3x9q0zt',
  '/studio/compare/x?y=a.b',
  '/studio/keys',
  '/studio/videos/a.b',
  '/studio/videos/a%20clip.mp4',
  '/studio/index.html',
  '/studio/.vite/manifest.json',
  '/studio/..%2f..%2fpackage.json',
])('%s is the page, which is asked for anew each time', async (url) => {
  const answer = await get(url)
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe(page)
  expect(answer.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    etag: expect.any(String),
  })
  const again = await get(url, { 'if-none-match': String(answer.headers.etag) })
  expect(again.statusCode).toBe(304)
})

test('an asset is kept for a year', async () => {
  const answer = await get('/studio/assets/main-abc.js')
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe(script)
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(answer.headers['content-type']).toMatch(/javascript; charset=utf-8$/)
  const again = await get('/studio/assets/main-abc.js', { 'if-none-match': String(answer.headers.etag) })
  expect(again.statusCode).toBe(304)
})

test.each([
  ['br', 'gzip, deflate, br'],
  ['gzip', 'gzip'],
])('an asset is sent as %s to whoever takes %s', async (encoding, accepted) => {
  const answer = await get('/studio/assets/main-abc.js', { 'accept-encoding': accepted })
  expect(answer.headers).toMatchObject({
    'content-encoding': encoding,
    vary: expect.stringMatching(/encoding/i),
  })
  expect(answer.headers['content-type']).toMatch(/javascript; charset=utf-8$/)
  if (encoding === 'br') expect(brotliDecompressSync(answer.rawPayload).toString()).toBe(script)
})

test('a HEAD says what a GET would and sends nothing', async () => {
  for (const url of ['/studio/', '/studio/assets/main-abc.js']) {
    const answer = await api.app.inject({ method: 'HEAD', url })
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toBe('')
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(10)
  }
})

test.each(['/studio/assets/gone.js', '/studio/assets/..%2f.vite/manifest.json', '/studios', '/nothing'])(
  '%s is not there',
  async (url) => {
    const answer = await get(url)
    expect(answer.json()).toMatchObject({ success: false })
    expect([403, 404]).toContain(answer.statusCode)
    expect(answer.headers['cache-control'] ?? '').not.toContain('max-age')
  },
)

test.each([
  ['en', 'This address can’t be read'],
  ['zh', '无法识别该地址'],
])('an address that is none gets a page that a person can read in %s', async (language, title) => {
  const url = '/studio/videos/%E0%A4%A'
  const answer = await get(url, { accept: 'text/html,*/*;q=0.8', 'accept-language': language })
  expect(answer.statusCode).toBe(400)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(answer.body).toContain(title)
  expect(answer.body).not.toContain('%E0')
  expect((await get(url)).json()).toMatchObject({ code: 'invalid_request' })
})

describe('the policy of the page', () => {
  const strict = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'blob:'],
    'media-src': ["'self'", 'blob:'],
    'connect-src': ["'self'"],
    'font-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  }

  test.each(['/studio', '/studio/videos/x', '/studio/assets/main-abc.js', '/studio/assets/gone.js'])(
    'lets %s load nothing from elsewhere, and no script from within',
    async (url) => {
      const { headers } = await get(url)
      expect(directivesOf(String(headers['content-security-policy']))).toEqual(strict)
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    },
  )

  test('is that of the studio alone', async () => {
    const { headers } = await get('/health')
    expect(directivesOf(String(headers['content-security-policy']))['default-src']).toEqual(["'self'"])
  })

  test('admits the store that players are sent to, and the public address', () => {
    const env = { PUBLIC_URL: 'https://videos.example/reelay', ...s3 }
    const origins = (more: object) =>
      directivesOf(studioPolicy(readConfig({ ...required(), ...env, ...more })))['media-src']?.slice(2)
    expect(origins({ MEDIA_REDIRECT: 'on' })).toEqual(['https://videos.example', 'https://s3.example:9000'])
    expect(origins({ MEDIA_REDIRECT: 'off' })).toEqual(['https://videos.example'])
  })
})

test('without a built studio its pages say how to build it, and the api works', async () => {
  await using bare = await buildTestApp()
  for (const [language, word] of [
    ['en', 'not built'],
    ['zh', '尚未构建'],
  ] as const) {
    const answer = await bare.app.inject({ url: '/studio/keys', headers: { 'accept-language': language } })
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toContain(word)
    expect(answer.body).toContain('npm run studio')
  }
  expect((await bare.app.inject('/studio/assets/main-abc.js')).json()).toMatchObject({ code: 'not_found' })
  expect((await bare.app.inject('/health')).statusCode).toBe(200)
})

const s3 = {
  MEDIA_S3_ENDPOINT: 'https://s3.example:9000',
  MEDIA_S3_BUCKET: 'reelay',
  MEDIA_S3_ACCESS_KEY_ID: 'reelay',
  MEDIA_S3_SECRET_ACCESS_KEY: 'a secret of eight',
}

function required() {
  const { database, redis } = api.config
  return {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    JWT_SECRET: '5f0d2c8e9b7a41636f0e7d5c4b3a2918',
    SORA_BASE_URL: 'https://upstream.test/v1',
    SORA_API_KEY: 'sk-8f2b',
  }
}

function directivesOf(policy: string): Record<string, string[]> {
  const directives = policy.split(';').map((each) => each.trim().split(' '))
  return Object.fromEntries(directives.map(([name = '', ...values]) => [name, values]))
}

import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { apiEnvironment, readConfig } from '../../src/config.ts'

const environment = {
  DATABASE_URL: 'postgres://127.0.0.1/reelay',
  REDIS_URL: 'redis://127.0.0.1',
  JWT_SECRET: 'short',
  SORA_BASE_URL: 'http://127.0.0.1:4010/v1',
  SORA_API_KEY: 'sk-test',
}

test('a complete environment has defaults for the rest', () => {
  const config = readConfig({ ...environment, PORT: '' })
  expect(config).toMatchObject({
    server: { port: 3001, host: '127.0.0.1' },
    redis: { prefix: 'reelay' },
    tokens: { expiresIn: '7d' },
    tasks: { acceptWaitMs: 2000 },
    feed: { times: { heartbeatMs: 15_000 } },
    upstream: { submitTimeoutMs: 60_000, contentOrigins: [] },
  })
  expect(config.upstream.registry.upstreams).toMatchObject([
    { name: 'default', baseUrl: environment.SORA_BASE_URL, dialect: { name: 'openai' } },
  ])
  expect(Object.isFrozen(config)).toBe(true)
})

test('an unknown dialect is refused with those that there are', () => {
  const read = () => readConfig({ ...environment, SORA_DIALECT: 'veo', PORT: 'http' })
  expect(read).toThrow(/^(?!.*veo)[\s\S]*SORA_DIALECT: must be one of openai, azure, .*, xai, or a path/)
  expect(read).toThrow(/PORT: /)
})

test('every problem of an environment is listed at once', () => {
  const read = () =>
    readConfig({
      ...environment,
      REDIS_URL: 'http://elsewhere',
      JWT_SECRET: '',
      SORA_BASE_URL: 'http://someone@elsewhere/v1',
      PORT: 'http',
      JWT_EXPIRES_IN: 'a week',
      REGISTRATION: 'maybe',
    })
  expect(problemsOf(read)).toEqual([
    'REDIS_URL',
    'PORT',
    'JWT_SECRET is missing',
    'JWT_EXPIRES_IN',
    'REGISTRATION',
    'SORA_BASE_URL',
  ])
})

test('an empty environment lists what is missing and no value', () => {
  expect(problemsOf(() => readConfig({}))).toEqual([
    'DATABASE_URL is missing',
    'REDIS_URL is missing',
    'JWT_SECRET is missing',
    'UPSTREAMS is missing, and so is SORA_BASE_URL',
  ])
})

const production = {
  ...environment,
  NODE_ENV: 'production',
  JWT_SECRET: '5f0d2c8e9b7a41636f0e7d5c4b3a2918',
}

test('a production environment with secrets of its own is taken', () => {
  const admin = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'Tq7-vexing-Marsh' }
  expect(() => readConfig({ ...production, ...admin, CORS_ORIGIN: 'https://app.host' })).not.toThrow()
})

test.each([
  ['JWT_SECRET', 'kx93-Vq', 'must have at least 32 bytes'],
  ['JWT_SECRET', 'x'.repeat(32), 'must not repeat itself'],
  ['JWT_SECRET', '0123456789'.repeat(4), 'must not repeat itself'],
  ['JWT_SECRET', 'abcdefghijklmnopqrstuvwxyz0123456789', 'must not repeat itself'],
  ['JWT_SECRET', 'deadbeef'.repeat(5), 'must not repeat itself'],
  ['JWT_SECRET', 'q7-X'.repeat(20), 'must not repeat itself'],
  ['JWT_SECRET', 'your-256-bit-secret-your-256-bit-secret', 'must not be an example'],
  ['JWT_SECRET', 'a-string-secret-at-least-256-bits-long', 'must not be an example'],
  ['JWT_SECRET', 'supersecretpassword12345678901234567890', 'must not be an example'],
  ['JWT_SECRET', 'super-secret-jwt-token-with-at-least-32-characters-long', 'must not be an example'],
  [
    'JWT_SECRET',
    '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
    'must not be an example',
  ],
  ['JWT_SECRET', 'change-me-to-something-of-32-bytes', 'must not be an example'],
  ['JWT_SECRET', 'your-jwt-secret-goes-here-0123456789', 'must not be an example'],
  ['JWT_SECRET', 'a secret of the tests, long enough', 'must not be an example'],
  ['JWT_SECRET', 'change_this_to_a_random_secret_at_least_32_chars', 'must not be an example'],
  ['JWT_SECRET', 'dev-secret-key-for-local-development-only', 'must not be an example'],
  ['JWT_SECRET', 'insecure-default-do-not-use-in-production', 'must not be an example'],
  ['JWT_SECRET', '<openssl rand -hex 32 output goes here>', 'must not be an example'],
  ['ADMIN_PASSWORD', 'P@ssw0rd1234!', 'must not be an example'],
  ['SORA_API_KEY', 'sk-your-api-key', 'must not be an example'],
  ['SORA_API_KEY', 'sk-simulator', 'must not be an example'],
  ['ADMIN_PASSWORD', 'Test123456', 'must have at least 12 bytes'],
  ['ADMIN_PASSWORD', 'password-1234', 'must not be an example'],
  ['CORS_ORIGIN', '*', 'must name its origins'],
  ['LOG_LEVEL', 'trace', 'must not be trace'],
])('production alone refuses %s=%s', (name, value, problem) => {
  const own = { [name]: value, ...(name === 'ADMIN_PASSWORD' && { ADMIN_USERNAME: 'operator' }) }
  const read = () => readConfig({ ...production, ...own })
  expect(read).toThrow(`${name}: ${problem} in production`)
  expect(() => readConfig({ ...environment, ...own })).not.toThrow()
})

const hex = '9c41f7d2b8e05a63c7f1e94d2a8b60f35e7d19c4a2b8f603'

test.each([
  `my-jwt-secret-${hex}`,
  `super_secret_${hex}`,
  `example.org/${hex}`,
  `change-me-${hex}`,
  `password${hex}`,
  `dev-secret-${hex}`,
  'kT4mZ+8vQ2sYf1Lr/0pWcN6hXb3JdGuEaRo9TiVxMy5=',
  'correct horse battery staple violin quarry',
  hex.slice(0, 32),
  '真正的随机密钥不会重复自己因为它来自骰子与纸',
])('a secret of one’s own is taken in production: %s', (JWT_SECRET) => {
  expect(() => readConfig({ ...production, JWT_SECRET })).not.toThrow()
})

test.each([
  ['ADMIN_PASSWORD', 'my-password-Tq7vexMarsh'],
  ['SORA_API_KEY', 'sk-example-org-8f2b9c1d77'],
  ['SORA_API_KEY', 'sk-lab'],
])('%s=%s is one’s own in production', (name, value) => {
  const admin = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'Tq7-vexing-Marsh' }
  expect(() => readConfig({ ...production, ...admin, [name]: value })).not.toThrow()
})

test('no random secret is taken for an example or a pattern', () => {
  for (let n = 0; n < 2000; n += 1)
    for (const JWT_SECRET of [randomBytes(16).toString('hex'), randomBytes(24).toString('base64')])
      expect(() => readConfig({ ...production, JWT_SECRET })).not.toThrow()
})

test('what production refuses is listed beside every other problem', () => {
  const read = () =>
    readConfig({ ...production, JWT_SECRET: 'short', PORT: 'http', CORS_ORIGIN: '*', LOG_LEVEL: 'trace' })
  expect([...new Set(problemsOf(read))].sort()).toEqual(['CORS_ORIGIN', 'JWT_SECRET', 'LOG_LEVEL', 'PORT'])
})

test.each([
  ['CORS_ORIGIN', 'app.host'],
  ['CORS_ORIGIN', 'https://app.host/page'],
  ['CORS_ORIGIN', 'https://app.host?'],
  ['CORS_ORIGIN', 'https://app.host#'],
  ['CORS_ORIGIN', 'https://me@app.host'],
  ['CORS_ORIGIN', 'https://app.host https://other.host'],
  ['CORS_ORIGIN', 'https://*.app.host'],
  ['CORS_ORIGIN', 'null'],
  ['CORS_ORIGIN', 'https://app.host,*'],
  ['CORS_ORIGIN', 'https://app.host,'],
  ['TRUST_PROXY', 'true'],
  ['TRUST_PROXY', '1'],
  ['TRUST_PROXY', 'loopback'],
  ['TRUST_PROXY', '0.0.0.0/0'],
  ['TRUST_PROXY', '::/0'],
  ['TRUST_PROXY', '10.0.0.0/33'],
  ['TRUST_PROXY', '10.0.0.1, proxy.host'],
  ['RATE_LIMIT_PER_MINUTE', '-1'],
  ['RATE_LIMIT_PER_MINUTE', '1e3'],
  ['RATE_LIMIT_PER_MINUTE', '5_000'],
  ['RATE_LIMIT_PER_MINUTE', '5,000'],
  ['RATE_LIMIT_PER_MINUTE', '0x10'],
  ['SSE_PING_MS', '5s'],
  ['SSE_PING_MS', 'Infinity'],
  ['MAX_UNFINISHED_PER_USER', '0'],
  ['MAX_UNFINISHED_PER_USER', 'many'],
  ['PORT', '99999'],
  ['PORT', '80.5'],
  ['HOST', 'http://here'],
  ['HOST', '0.0.0.0 0.0.0.0'],
  ['PUBLIC_URL', 'app.host'],
  ['PUBLIC_URL', 'https://me:secret@app.host'],
  ['PUBLIC_URL', 'https://app.host/?a=b'],
  ['PUBLIC_URL', 'https://app.host/a page'],
  ['JWT_EXPIRES_IN', '0s'],
  ['JWT_EXPIRES_IN', '7 d'],
  ['BULL_BOARD_READ_ONLY', 'perhaps'],
  ['ADMIN_USERNAME', 'an operator'],
  ['ADMIN_PASSWORD', 'short'],
])('%s=%s is refused by name', (name, value) => {
  const both = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'a long password' }
  expect(problemsOf(() => readConfig({ ...environment, ...both, [name]: value }))).toEqual([name])
})

test.each(['true', 'TRUE', '1', 'yes', 'on'])('the board only shows when told so by %s', (value) => {
  expect(readConfig({ ...environment, BULL_BOARD_READ_ONLY: value }).board.readOnly).toBe(true)
  expect(readConfig(environment).board.readOnly).toBe(false)
})

test('origins are taken as browsers say them', () => {
  const CORS_ORIGIN = 'https://App.Host/, https://app.host:443,http://localhost:5173'
  expect(readConfig({ ...environment, CORS_ORIGIN }).server.corsOrigins).toEqual([
    'https://app.host',
    'https://app.host',
    'http://localhost:5173',
  ])
})

test('no problem is told in a library’s words', () => {
  const names = Object.keys(apiEnvironment.shape)
  for (const bad of ['', '\u0001', 'é', '-1', 'x y'])
    expect(messageOf(() => readConfig(Object.fromEntries(names.map((name) => [name, bad]))))).not.toMatch(
      /expected|received|invalid|too (big|small)/i,
    )
})

test('origins and proxies are lists', () => {
  const config = readConfig({
    ...environment,
    CORS_ORIGIN: 'https://app.host, http://localhost:5173',
    TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,fd00::/8',
  })
  expect(config.server.corsOrigins).toEqual(['https://app.host', 'http://localhost:5173'])
  expect(config.server.trustedProxies).toEqual(['10.0.0.1', '10.1.0.0/16', 'fd00::/8'])
})

test.each([
  ['ADMIN_USERNAME', 'ADMIN_PASSWORD'],
  ['ADMIN_PASSWORD', 'ADMIN_USERNAME'],
])('%s without %s is refused', (given, missing) => {
  expect(problemsOf(() => readConfig({ ...environment, [given]: 'long.enough' }))).toEqual([
    `${missing} is missing`,
  ])
})

test('a problem is told without the value', () => {
  expect(() => readConfig({ ...environment, SORA_BASE_URL: 'http://me:hidden@elsewhere/v1' })).toThrow(
    /^(?!.*hidden)[\s\S]*SORA_BASE_URL/,
  )
})

test('the key is not sent over plain http to a foreign host in production', () => {
  const SORA_BASE_URL = 'http://api.example.com/v1'
  expect(() => readConfig({ ...production, SORA_BASE_URL })).toThrow(
    'SORA_BASE_URL: must be https in production unless the host is on a private network',
  )
  expect(() => readConfig({ ...environment, SORA_BASE_URL })).not.toThrow()
})

function messageOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('no problem')
}

/** Names before the colon, or the whole line where there is none. */
function problemsOf(read: () => unknown): string[] {
  const [, ...lines] = messageOf(read).split('\n')
  return lines.map((line) => line.trim().split(': ')[0] ?? '')
}

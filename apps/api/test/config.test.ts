import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

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
    PORT: 3001,
    HOST: '127.0.0.1',
    REDIS_PREFIX: 'reelay',
    JWT_EXPIRES_IN: '7d',
    REMIX_ACCEPT_WAIT_MS: 2000,
    SSE_HEARTBEAT_MS: 15_000,
    sora: { baseUrl: environment.SORA_BASE_URL, auth: 'bearer' },
  })
  expect(Object.isFrozen(config)).toBe(true)
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
    'SORA_BASE_URL',
    'PORT',
    'JWT_SECRET is missing',
    'JWT_EXPIRES_IN',
    'REGISTRATION',
  ])
})

test('an empty environment lists what is missing and no value', () => {
  expect(problemsOf(() => readConfig({}))).toEqual(
    ['DATABASE_URL', 'REDIS_URL', 'SORA_BASE_URL', 'SORA_API_KEY', 'JWT_SECRET'].map(
      (name) => `${name} is missing`,
    ),
  )
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
  ['JWT_SECRET', 'x'.repeat(32), 'must not be an example'],
  ['JWT_SECRET', 'change-me-to-something-of-32-bytes', 'must not be an example'],
  ['JWT_SECRET', 'your-jwt-secret-goes-here-0123456789', 'must not be an example'],
  ['JWT_SECRET', 'a secret of the tests, long enough', 'must not be an example'],
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

test('what production refuses is listed beside every other problem', () => {
  const read = () =>
    readConfig({ ...production, JWT_SECRET: 'short', PORT: 'http', CORS_ORIGIN: '*', LOG_LEVEL: 'trace' })
  expect([...new Set(problemsOf(read))].sort()).toEqual(['CORS_ORIGIN', 'JWT_SECRET', 'LOG_LEVEL', 'PORT'])
})

test.each([
  ['CORS_ORIGIN', 'app.host'],
  ['CORS_ORIGIN', 'https://app.host/'],
  ['CORS_ORIGIN', 'https://app.host/page'],
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
  ['ADMIN_USERNAME', 'an operator'],
  ['ADMIN_PASSWORD', 'short'],
])('%s=%s is refused by name', (name, value) => {
  const both = { ADMIN_USERNAME: 'operator', ADMIN_PASSWORD: 'a long password' }
  expect(problemsOf(() => readConfig({ ...environment, ...both, [name]: value }))).toEqual([name])
})

test('origins and proxies are lists', () => {
  const config = readConfig({
    ...environment,
    CORS_ORIGIN: 'https://app.host, http://localhost:5173',
    TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,fd00::/8',
  })
  expect(config.CORS_ORIGIN).toEqual(['https://app.host', 'http://localhost:5173'])
  expect(config.TRUST_PROXY).toEqual(['10.0.0.1', '10.1.0.0/16', 'fd00::/8'])
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

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

test('a short secret is refused in production only', () => {
  expect(() => readConfig({ ...environment, NODE_ENV: 'production' })).toThrow(
    'JWT_SECRET: must have at least 32 bytes in production',
  )
  expect(() =>
    readConfig({ ...environment, NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32) }),
  ).not.toThrow()
  expect(() => readConfig(environment)).not.toThrow()
})

test('a problem is told without the value', () => {
  expect(() => readConfig({ ...environment, SORA_BASE_URL: 'http://me:hidden@elsewhere/v1' })).toThrow(
    /^(?!.*hidden)[\s\S]*SORA_BASE_URL/,
  )
})

test('the key is not sent over plain http to a foreign host in production', () => {
  const SORA_BASE_URL = 'http://api.example.com/v1'
  const production = { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32) }
  expect(() => readConfig({ ...environment, ...production, SORA_BASE_URL })).toThrow(
    'SORA_BASE_URL: must be https in production unless the host is on a private network',
  )
  expect(() => readConfig({ ...environment, ...production })).not.toThrow()
  expect(() => readConfig({ ...environment, SORA_BASE_URL })).not.toThrow()
})

/** Names before the colon, or the whole line where there is none. */
function problemsOf(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n')
    return lines.map((line) => line.trim().split(': ')[0] ?? '')
  }
  throw new Error('no problem')
}

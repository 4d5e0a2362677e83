import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  commonEnvironment,
  EnvironmentError,
  host,
  origins,
  parseEnvironment,
  sendsKeyInTheClear,
  upstreamEnvironment,
  wholeNumber,
} from '../src/environment.ts'

const Environment = z.object({ ...commonEnvironment, ...upstreamEnvironment })
const complete = {
  DATABASE_URL: 'postgres://reelay@localhost/reelay',
  REDIS_URL: 'redis://localhost:6379',
}

test('everything but addresses has a default', () => {
  expect(parseEnvironment(Environment, complete)).toMatchObject({
    ...complete,
    NODE_ENV: 'development',
    REDIS_PREFIX: 'reelay',
    SEND_WINDOW_MS: 2000,
  })
})

test.each(Object.keys(complete))('%s has none', (name) => {
  expect(problemsOf({ ...complete, [name]: '' })).toContain(`  ${name} is missing`)
})

test('a parsed environment can no longer be changed', () => {
  expect(Object.isFrozen(parseEnvironment(Environment, complete))).toBe(true)
})

test('variables of other programs are left out', () => {
  expect(parseEnvironment(Environment, { ...complete, HOME: '/home/me' })).not.toHaveProperty('HOME')
})

test('all problems are reported at once, by name', () => {
  const message = problemsOf({
    DATABASE_URL: 'mysql://root:canary-1@db/reelay',
    REDIS_PREFIX: 'canary 2',
    LOG_LEVEL: 'canary-3',
    SORA_SUBMIT_TIMEOUT_MS: 'canary-5',
    SEND_WINDOW_MS: '10.5',
  })
  expect(message.split('\n').map((line) => line.trim().split(/:| is /)[0])).toEqual([
    'The environment',
    'DATABASE_URL',
    'REDIS_URL',
    'REDIS_PREFIX',
    'LOG_LEVEL',
    'SORA_SUBMIT_TIMEOUT_MS',
    'SEND_WINDOW_MS',
  ])
  expect(message).not.toMatch(/canary/)
})

test('an empty variable counts as a missing one', () => {
  expect(problemsOf({ ...complete, REDIS_URL: '' })).toContain('REDIS_URL is missing')
  expect(parseEnvironment(Environment, { ...complete, LOG_LEVEL: '' }).LOG_LEVEL).toBe('info')
})

test.each([
  ['DATABASE_URL', 'http://localhost'],
  ['REDIS_URL', 'localhost:6379'],
  ['REDIS_PREFIX', 'a{b}'],
  ['SORA_POLL_TIMEOUT_MS', '99'],
  ['SEND_WINDOW_MS', '-1'],
  ['SEND_WINDOW_MS', '1e400'],
])('%s may not be %s', (name, value) => {
  expect(problemsOf({ ...complete, [name]: value })).toContain(`  ${name}: `)
})

test.each(['postgresql://localhost/reelay', 'postgres://u:p@localhost:5432/reelay'])(
  'the database may be %s',
  (DATABASE_URL) => {
    expect(parseEnvironment(Environment, { ...complete, DATABASE_URL })).toMatchObject({ DATABASE_URL })
  },
)

test('the newline at the end of a file of secrets is no part of an address', () => {
  const env = { ...complete, DATABASE_URL: ' postgres://h/d\n', REDIS_URL: 'redis://h\r\n' }
  expect(parseEnvironment(Environment, env)).toMatchObject({
    DATABASE_URL: 'postgres://h/d',
    REDIS_URL: 'redis://h',
  })
})

test.each([
  ['SORA_API_KEY', "'sk-lab '\n", 'sk-lab'],
  ['LOG_LEVEL', 'debug\r', 'debug'],
  ['METRICS_TOKEN', '"a token of sixteen"\n', 'a token of sixteen'],
])('%s=%j is what a shell would have made of it', (name, value, taken) => {
  expect(parseEnvironment(Environment, { ...complete, [name]: value })).toMatchObject({ [name]: taken })
})

test.each(['0', '1', '127.1', '0x7f.1', '3000'])('%s is no place to listen', (value) => {
  expect(host.safeParse(value).success).toBe(false)
})

test.each(['0.0.0.0', '127.0.0.1', '::', '::1', 'fe80::1%eth0', 'localhost', '3com', 'a.b.c'])(
  '%s is a place to listen',
  (value) => {
    expect(host.parse(value)).toBe(value)
  },
)

test.each(['', ' ', '\n', '""', "' '"])('a variable of %j counts as absent', (value) => {
  expect(problemsOf({ ...complete, REDIS_URL: value })).toContain('REDIS_URL is missing')
  expect(parseEnvironment(Environment, { ...complete, SEND_WINDOW_MS: value })).toMatchObject({
    SEND_WINDOW_MS: 2000,
  })
})

test.each([
  ['DATABASE_URL', 'postgres://u:canary%@h/d', 'must have each %'],
  ['DATABASE_URL', 'postgres://u:canary@h/d?pool_timeout=1', 'the parameter pool_timeout'],
  ['REDIS_URL', 'redis://:canary%@h', 'must have each %'],
  ['REDIS_URL', 'redis://h/abc', 'by its number'],
])('what is wrong with %s as in %s is told without its password', (name, value, problem) => {
  const message = problemsOf({ ...complete, [name]: value })
  expect(message).toContain(`  ${name}: `)
  expect(message).toContain(problem)
  expect(message).not.toContain('canary')
})

test.each([
  ['METRICS_TOKEN', 'canary canary canary é'],
  ['METRICS_TOKEN', 'canary canary\tcanary'],
  ['SORA_POLL_TIMEOUT_MS', '1e3'],
  ['SORA_POLL_TIMEOUT_MS', '5_000'],
  ['SORA_POLL_TIMEOUT_MS', '5s'],
  ['SORA_POLL_TIMEOUT_MS', '+500'],
])('%s=%j is a problem told without its value', (name, value) => {
  const message = problemsOf({ ...complete, [name]: value })
  expect(message).toContain(`  ${name}: must `)
  expect(message.split('\n')).toHaveLength(2)
  expect(message).not.toContain('canary')
})

test('a problem between two variables needs no name', () => {
  const Pair = z
    .object({ A: wholeNumber(1), B: wholeNumber(2) })
    .refine(({ A, B }) => A < B, 'A must be below B')
  expect(() => parseEnvironment(Pair, { A: '3' })).toThrow('environment: A must be below B')
})

function problemsOf(env: Record<string, string>): string {
  try {
    parseEnvironment(Environment, env)
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message
    throw error
  }
  return ''
}

describe('origins', () => {
  test('are a list, as a browser writes them', () => {
    expect(origins.parse('https://cdn.example.com, http://127.0.0.1:9000/,http://[::1]:8000')).toEqual([
      'https://cdn.example.com',
      'http://127.0.0.1:9000',
      'http://[::1]:8000',
    ])
  })

  test.each([
    'cdn.example.com',
    'https://host/path',
    'https://me@host',
    'ftp://host',
    '*',
    'https://a,,https://b',
  ])('are not %j', (text) => {
    expect(origins.safeParse(text).success).toBe(false)
  })
})

describe('in production the key', () => {
  const sends = (SORA_BASE_URL: string, NODE_ENV = 'production') =>
    sendsKeyInTheClear({ NODE_ENV, SORA_BASE_URL })

  test.each([
    'http://api.example.com/v1',
    'http://8.8.8.8/v1',
    'http://172.32.0.1/v1',
    'http://10.example.com/v1',
    'http://[2001:db8::1]/v1',
  ])('would be sent in the clear to %s', (url) => {
    expect(sends(url)).toBe(true)
    expect(sends(url, 'development')).toBe(false)
  })

  test.each([
    'https://api.example.com/v1',
    'http://simulator:4010/v1',
    'http://relay.default.svc/v1',
    'http://127.0.0.1:8000/sora/v1',
    'http://10.1.2.3/v1',
    'http://172.20.0.5/v1',
    'http://[::1]:8000/v1',
    'http://[fd12::1]/v1',
  ])('is safe on its way to %s', (url) => {
    expect(sends(url)).toBe(false)
  })
})

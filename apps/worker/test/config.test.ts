import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

const environment = {
  DATABASE_URL: 'postgres://127.0.0.1/reelay',
  REDIS_URL: 'redis://127.0.0.1',
  SORA_BASE_URL: 'http://127.0.0.1:4010/v1',
  SORA_API_KEY: 'sk-test',
}
type Config = ReturnType<typeof readConfig>
const limits: [string, (config: Config) => number | undefined][] = [
  ['SORA_MAX_IN_FLIGHT', ({ upstream }) => upstream.registry.credentials[0]?.maxInFlight],
  ['SUBMIT_RATE_PER_MINUTE', ({ submit }) => submit.ratePerMinute],
]

test('a complete environment has defaults for the rest', () => {
  const config = readConfig(environment)
  expect(config).toMatchObject({
    poll: { intervalMs: 5000 },
    task: { overdueMs: 600_000, deadlineMs: 86_400_000, autoRetries: 1 },
    reconcile: { windowMs: 120_000 },
    sweep: { intervalMs: 10_000 },
    submit: { sendingMs: 67_000 },
    upstream: { submitTimeoutMs: 60_000, pollTimeoutMs: 15_000, sendWindowMs: 2000 },
  })
  expect(config.upstream.registry.upstreams).toMatchObject([
    { name: 'default', baseUrl: environment.SORA_BASE_URL, dialect: { name: 'openai', auth: 'bearer' } },
  ])
  expect(Object.isFrozen(config)).toBe(true)
})

test.each(limits)('%s is no limit unless it is set', (name, limit) => {
  expect(limit(readConfig(environment))).toBeUndefined()
  expect(limit(readConfig({ ...environment, [name]: '' }))).toBeUndefined()
})

test.each(limits)('%s is a whole number from one on', (name, limit) => {
  expect(limit(readConfig({ ...environment, [name]: '1' }))).toBe(1)
  expect(limit(readConfig({ ...environment, [name]: '600' }))).toBe(600)
})

test.each(limits.flatMap(([name]) => ['0', '-1', '1.5', 'many', 'Infinity'].map((value) => [name, value])))(
  '%s of %s is refused by its name',
  (name, value) => {
    expect(problemsOf({ [name as string]: value as string })).toEqual([name])
  },
)

test('a reconcile window within the submit timeout is refused', () => {
  expect(problemsOf({ RECONCILE_WINDOW_MS: '60000' })).toEqual(['RECONCILE_WINDOW_MS'])
  expect(() => readConfig({ ...environment, RECONCILE_WINDOW_MS: '60001' })).not.toThrow()
})

test('every problem is listed at once and without values', () => {
  expect(problemsOf({ SORA_API_KEY: '', SORA_MAX_IN_FLIGHT: '0', SUBMIT_RATE_PER_MINUTE: 'hidden' })).toEqual(
    ['SORA_MAX_IN_FLIGHT', 'SUBMIT_RATE_PER_MINUTE', 'SORA_API_KEY is missing'],
  )
  const read = () => readConfig({ ...environment, SUBMIT_RATE_PER_MINUTE: 'hidden' })
  expect(read).toThrow(/^(?!.*hidden)[\s\S]*SUBMIT_RATE_PER_MINUTE/)
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
function problemsOf(changes: Record<string, string>): string[] {
  try {
    readConfig({ ...environment, ...changes })
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n')
    return lines.map((line) => line.trim().split(': ')[0] ?? '')
  }
  throw new Error('no problem')
}

test('the window of a search is longer than a submission, and only numbers are compared', () => {
  expect(() => readConfig({ ...environment, SORA_SUBMIT_TIMEOUT_MS: '200000' })).toThrow(
    'RECONCILE_WINDOW_MS: must be longer than SORA_SUBMIT_TIMEOUT_MS',
  )
  expect(problemsOf({ SORA_SUBMIT_TIMEOUT_MS: '3000ms' })).toEqual(['SORA_SUBMIT_TIMEOUT_MS'])
})

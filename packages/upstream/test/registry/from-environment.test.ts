import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { registryFromEnvironment } from '../../src/registry/registry-from-environment.ts'
import { dialects } from './dialects.ts'

const folder = await mkdtemp(join(tmpdir(), 'registry-'))
afterAll(() => rm(folder, { recursive: true }))
const path = join(folder, 'upstreams.yaml')
await mkdir(join(folder, 'folder'))
await writeFile(join(folder, 'mine.json'), '{ "auth": "raw" }')
await writeFile(join(folder, 'wrong.json'), '{\n  "auth": "canary"\n}')
await writeFile(
  path,
  `upstreams:
  - name: one
    dialect: mine.json
    baseUrl: https://one.example/v1
    credentials: [{ name: a, key: \${KEY} }]
`,
)

const single = { SORA_BASE_URL: 'https://one.example/v1', SORA_API_KEY: 'canary-key' }

function registryOf(env: Record<string, string>) {
  const result = registryFromEnvironment(env, { dialects })
  if ('registry' in result) return result.registry
  throw new Error(result.problems.join('\n'))
}

function problemsOf(env: Record<string, string>) {
  const result = registryFromEnvironment(env, { dialects })
  return 'problems' in result ? result.problems : []
}

test('UPSTREAMS names a file, and what lies beside it', () => {
  const { upstreams } = registryOf({ UPSTREAMS: ` ${path}\n`, KEY: 'canary-key\n' })
  expect(upstreams).toMatchObject([{ name: 'one', dialect: { auth: 'raw' }, credentials: [{ id: 'one/a' }] }])
  expect(upstreams[0]?.credentials[0]?.key?.reveal()).toBe('canary-key')
})

test('its problems are lines with their places', () => {
  expect(problemsOf({ UPSTREAMS: path })).toEqual([
    `${path}:5:35 upstreams[0].credentials[0].key: needs the variable KEY, which is not set`,
  ])
})

test('SORA_BASE_URL alone makes one upstream', () => {
  const registry = registryOf({ ...single, SORA_MAX_IN_FLIGHT: '2' })
  expect(registry.upstreams).toMatchObject([
    { name: 'default', dialectName: 'openai', dialect: { auth: 'bearer' }, baseUrl: single.SORA_BASE_URL },
  ])
  expect(registry.credential('default/default')).toMatchObject({ maxInFlight: 2, state: 'active' })
  expect(registry.credential('default/default')?.key?.reveal()).toBe('canary-key')
})

test.each([
  ['bearer', { auth: 'bearer' }],
  ['raw', { auth: 'raw' }],
  ['api-key', { auth: 'header', authHeader: 'api-key' }],
])('SORA_AUTH=%s changes the dialect', (SORA_AUTH, dialect) => {
  expect(registryOf({ ...single, SORA_AUTH }).upstreams).toMatchObject([{ dialect }])
})

test('SORA_DIALECT names a dialect or a file', () => {
  expect(registryOf({ ...single, SORA_DIALECT: 'azure' }).upstreams).toMatchObject([
    { dialectName: 'azure', dialect: { auth: 'header' } },
  ])
  expect(registryOf({ ...single, SORA_DIALECT: join(folder, 'mine.json') }).upstreams).toMatchObject([
    { dialect: { auth: 'raw' } },
  ])
})

test('a dialect that sends no key needs none', () => {
  const { upstreams } = registryOf({ SORA_BASE_URL: 'http://gpu:8000', SORA_DIALECT: 'vllm-omni' })
  expect(upstreams[0]?.credentials[0]?.key).toBeUndefined()
})

describe('a problem', () => {
  const names = 'openai, azure, vllm-omni, or a path as in ./mine.yaml'
  test.each<[Record<string, string>, string[]]>([
    [{}, ['UPSTREAMS is missing, and so is SORA_BASE_URL: set one of them']],
    [
      { UPSTREAMS: ' ', SORA_BASE_URL: '' },
      ['UPSTREAMS is missing, and so is SORA_BASE_URL: set one of them'],
    ],
    [{ SORA_API_KEY: 'canary' }, ['SORA_BASE_URL is missing']],
    [{ SORA_BASE_URL: single.SORA_BASE_URL }, ['SORA_API_KEY is missing']],
    [
      { UPSTREAMS: path, KEY: 'canary', ...single, SORA_DIALECT: 'azure', SORA_AUTH: 'raw' },
      ['UPSTREAMS: must not be set together with SORA_BASE_URL, SORA_API_KEY, SORA_AUTH, SORA_DIALECT'],
    ],
    [
      { UPSTREAMS: join(folder, 'none.yaml'), SORA_AUTH: 'raw' },
      [
        'UPSTREAMS: must not be set together with SORA_AUTH',
        `UPSTREAMS: names ${join(folder, 'none.yaml')}, which is not there`,
      ],
    ],
    [
      { UPSTREAMS: join(folder, 'folder') },
      [`UPSTREAMS: names ${join(folder, 'folder')}, which is a folder`],
    ],
    [{ UPSTREAMS: '{"upstreams":[{"key":"canary"}]}' }, ['UPSTREAMS: must be the path of a file']],
    [{ ...single, SORA_DIALECT: 'opneai' }, [`SORA_DIALECT: must be one of ${names}`]],
    [{ ...single, SORA_DIALECT: 'none.json' }, ['SORA_DIALECT: names none.json, which is not there']],
    [{ ...single, SORA_AUTH: 'basic' }, ['SORA_AUTH: must be one of bearer, raw, api-key']],
    [
      { SORA_BASE_URL: 'canary', SORA_DIALECT: 'x', SORA_MAX_IN_FLIGHT: 'canary', SORA_API_KEY: 'canary\né' },
      [
        'SORA_BASE_URL: must be an http or https URL',
        'SORA_API_KEY: must be printable ASCII characters',
        'SORA_MAX_IN_FLIGHT: must be a whole number from 1 to 1000000000',
        `SORA_DIALECT: must be one of ${names}`,
      ],
    ],
    [
      { ...single, NODE_ENV: 'production', SORA_BASE_URL: 'http://one.example/v1' },
      ['SORA_BASE_URL: must be https in production unless the host is on a private network'],
    ],
  ])('of %j', (env, problems) => {
    expect(problemsOf(env)).toEqual(problems)
  })

  test('of a dialect’s own file has its line', () => {
    const file = join(folder, 'wrong.json')
    const [problem, ...others] = problemsOf({ ...single, SORA_DIALECT: file })
    expect(others).toEqual([])
    expect(problem).toMatch(`${file}:2:3 auth: `)
  })
})

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { registryOf } from './read.ts'

const full = `
upstreams:
  - name: azure-eu
    dialect: azure
    overrides: { poll: { floorMs: 10000 } }
    baseUrl: https://video.example/openai/v1
    models: { sora-2: my-deployment, sora-2-pro: my-big-one }
    credentials:
      - { name: a, key: \${AZURE_A}, weight: 2, maxInFlight: 10, submitsPerMinute: 60 }
      - { name: b, key: \${AZURE_B}, state: draining }
  - name: own
    dialect: vllm-omni
    baseUrl: http://gpu:8000/v1
    models: [wan-2, wan-3]
    credentials: [{ name: a }]
`

test('a file of upstreams becomes a registry', () => {
  const { upstreams } = registryOf(full)
  expect(upstreams).toMatchObject([
    {
      name: 'azure-eu',
      dialect: { auth: 'header', authHeader: 'api-key', poll: { floorMs: 10_000 } },
      dialectName: 'azure',
      baseUrl: 'https://video.example/openai/v1',
      models: new Map([
        ['sora-2', 'my-deployment'],
        ['sora-2-pro', 'my-big-one'],
      ]),
      credentials: [
        { id: 'azure-eu/a', name: 'a', weight: 2, maxInFlight: 10, submitsPerMinute: 60, state: 'active' },
        { id: 'azure-eu/b', name: 'b', weight: 1, state: 'draining' },
      ],
    },
    {
      name: 'own',
      dialectName: 'vllm-omni',
      models: new Map([
        ['wan-2', 'wan-2'],
        ['wan-3', 'wan-3'],
      ]),
      credentials: [{ id: 'own/a', key: undefined, maxInFlight: undefined, submitsPerMinute: undefined }],
    },
  ])
  expect(keysOf(full)).toEqual(['canary-azure-a', 'canary-azure-b', undefined])
})

test('the same in JSON, indented with tabs, is the same registry', () => {
  const json = {
    upstreams: [
      {
        name: 'one',
        dialect: 'openai',
        baseUrl: 'https://video.example/v1',
        models: null,
        credentials: [{ name: 'a', key: '${AZURE_A}', weight: '${FIVE}' }],
      },
    ],
  }
  const { upstreams } = registryOf(JSON.stringify(json, null, '\t'))
  expect(upstreams[0]).toMatchObject({ models: undefined, credentials: [{ id: 'one/a', weight: 5 }] })
})

test('a dialect may be a file beside this one, with overrides', () => {
  const text = full.replace('dialect: azure', 'dialect: ./mine.yaml')
  const files = { 'mine.yaml': 'auth: raw\npoll: { floorMs: 1, hint: "${AZURE_A}" }\n' }
  expect(registryOf(text, { files }).upstreams[0]).toMatchObject({
    dialectName: './mine.yaml',
    dialect: { auth: 'raw', poll: { floorMs: 10_000, hint: '${AZURE_A}' } },
  })
})

test('nothing of a registry can be changed', () => {
  const registry = registryOf(full)
  const [upstream] = registry.upstreams
  for (const part of [
    registry,
    registry.upstreams,
    upstream,
    upstream?.credentials,
    upstream?.credentials[0],
  ]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

describe('a variable in a value', () => {
  const keyed = (key: string) => `
upstreams:
  - name: one
    dialect: openai
    baseUrl: https://video.example/v1
    credentials:
      - name: a
        key: ${key}
`

  test.each([
    ['${AZURE_A}', 'canary-azure-a'],
    ['"${AZURE_A}"', 'canary-azure-a'],
    ["'${AZURE_A}'", 'canary-azure-a'],
    ['pre-${AZURE_A}-${FIVE}', 'pre-canary-azure-a-5'],
    ['${SECRET_FILE}', 'canary-file'],
    ['$${AZURE_A}', '${AZURE_A}'],
    ['$$${AZURE_A}', '$${AZURE_A}'],
    ['a$${', 'a${'],
    ['$AZURE_A', '$AZURE_A'],
    ['>-\n          ${AZURE_A}', 'canary-azure-a'],
    ['sk-1 # ${NOT_SET}', 'sk-1'],
    ['${HOLDS_A_REFERENCE}', '${AZURE_A}'],
  ])('%s is %j', (key, value) => {
    const env = {
      AZURE_A: 'canary-azure-a',
      FIVE: '5',
      SECRET_FILE: ' "canary-file"\n',
      HOLDS_A_REFERENCE: '${AZURE_A}',
    }
    expect(keysOf(keyed(key), env)).toEqual([value])
  })

  test('is no variable in a name of a model', () => {
    const text = keyed('sk-1').replace('credentials:', 'models: { "${AZURE_A}": theirs }\n    credentials:')
    expect([...(registryOf(text).upstreams[0]?.models ?? [])]).toEqual([['${AZURE_A}', 'theirs']])
  })
})

test('a key is shown by nothing but its own method', () => {
  const registry = registryOf(full)
  const credential = registry.credential('azure-eu/a')
  const shown = [
    JSON.stringify(registry),
    JSON.stringify({ ...credential }),
    inspect(registry, { depth: 9, showHidden: true }),
    inspect(credential?.key, { showHidden: true }),
    `${credential?.key}`,
    String([credential?.key]),
  ]
  for (const text of shown) expect(text).not.toContain('canary')
  expect(credential?.key?.reveal()).toBe('canary-azure-a')
})

function keysOf(text: string, env?: Record<string, string>) {
  return registryOf(text, env && { env })
    .upstreams.flatMap(({ credentials }) => credentials)
    .map(({ key }) => key?.reveal())
}

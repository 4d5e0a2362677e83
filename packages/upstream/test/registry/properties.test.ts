import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeProblem } from '../../src/registry/problem.ts'
import { registryFromEnvironment } from '../../src/registry/registry-from-environment.ts'
import { dialects } from './dialects.ts'
import { filesIn, read } from './read.ts'

const KEY = 'canary0key'
const env = { KEY, ODD: `${KEY}…`, LINES: `${KEY}\n${KEY}` }

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('${KEY}', '${ODD}', '${LINES}', '${NOT_SET}', '$${KEY}', '${', 'a', 'openai', 'azure', '1'),
  fc.constantFrom(
    'https://one.example/v1',
    'http://${KEY}',
    './${KEY}.yaml',
    'mine.yaml',
    '__proto__',
    '\ue000',
  ),
)
const anything = fc.oneof(
  { maxDepth: 3 },
  text,
  fc.jsonValue(),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text),
)

/** An object with known keys that may be right, odd or absent, and now and then one that nobody knows. */
function nearly(fields: Record<string, fc.Arbitrary<unknown>>, required: string[]) {
  const odd = Object.entries(fields).map(([name, right]) => [
    name,
    fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: anything }),
  ])
  const others = fc.oneof(
    { weight: 40, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(text, anything, { maxKeys: 2 }) },
  )
  return fc
    .tuple(fc.record<Record<string, unknown>>(Object.fromEntries(odd), { requiredKeys: required }), others)
    .map(([known, unknown]) => ({ ...unknown, ...known }))
}

const keys = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('${KEY}', 'sk-1', 'sk-2', 'sk-3') }, text)
const places = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('https://one.example/v1', 'https://${KEY}.example/v1') },
  { weight: 1, arbitrary: fc.constantFrom('http://one.example/v1', '${KEY}') },
)
const dialect = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('openai', 'azure') },
  { weight: 1, arbitrary: fc.constantFrom('mine.yaml', './${KEY}.yaml') },
)
const credential = nearly(
  {
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    key: keys,
    weight: fc.integer({ min: 1, max: 3 }),
    maxInFlight: fc.constantFrom(1, '2'),
    state: fc.constantFrom('active', 'draining'),
  },
  ['name', 'key'],
)
const upstream = nearly(
  {
    name: fc.constantFrom('one', 'two', 'three', 'four'),
    dialect,
    overrides: fc.constantFrom({ poll: { floorMs: 5 } }, { auth: '${KEY}' }, {}),
    baseUrl: places,
    models: fc.constantFrom({ a: '${KEY}' }, ['a', 'b'], { '${KEY}': 'a' }),
    credentials: fc.array(credential, { minLength: 1, maxLength: 2 }),
  },
  ['name', 'dialect', 'baseUrl', 'credentials'],
)
const file = fc.record({ upstreams: fc.array(upstream, { minLength: 1, maxLength: 2 }) })
const fileText = fc.oneof(
  { weight: 4, arbitrary: file.map((data) => JSON.stringify(data, null, 2)) },
  { weight: 1, arbitrary: anything.map((data) => JSON.stringify(data)) },
)

/** As a slip of the hand leaves it: a piece is gone, and something else may stand there. */
const slipped = fc
  .tuple(
    fileText,
    fc.nat(),
    fc.nat({ max: 8 }),
    fc.oneof(text, fc.constantFrom('\n', '\t', '*a', '&a ', '{', ']')),
  )
  .map(([whole, at, length, instead]) => {
    const start = at % (whole.length + 1)
    return whole.slice(0, start) + instead + whole.slice(start + length)
  })

const anyText = fc.oneof(fileText, slipped, text)
const files = { 'mine.yaml': 'auth: "${KEY}"', [`${KEY}.yaml`]: 'derive: [{ verb: x }]' }

test('every text is a registry, or has problems that show no key', () => {
  const seen = { registries: 0, problems: 0 }
  fc.assert(
    fc.property(anyText, fc.constantFrom('production', 'development'), (given, NODE_ENV) => {
      const result = read(given, { files, env: { ...env, NODE_ENV } })
      if ('registry' in result) {
        seen.registries++
        expect(result.registry.upstreams.length).toBeGreaterThan(0)
        return
      }
      seen.problems++
      expect(result.problems.length).toBeGreaterThan(0)
      for (const problem of result.problems) {
        expect(problem.line).toBeGreaterThan(0)
        expect(problem.column).toBeGreaterThan(0)
        expect(describeProblem(problem)).not.toContain(KEY)
      }
    }),
    { numRuns: 400 },
  )
  expect(seen.registries).toBeGreaterThan(0)
  expect(seen.problems).toBeGreaterThan(0)
})

test('no environment makes anything but a registry or lines without its key', () => {
  const value = fc.option(fc.oneof(text, fc.constantFrom('raw', '/etc/reelay/upstreams.yaml')), {
    nil: undefined,
  })
  const variables = fc.record({
    UPSTREAMS: value,
    SORA_BASE_URL: value,
    SORA_AUTH: value,
    SORA_DIALECT: value,
    SORA_API_KEY: fc.constantFrom(KEY, `${KEY}\n${KEY}`, `${KEY}…`),
  })
  fc.assert(
    fc.property(variables, anyText, (environment, given) => {
      const readFile = filesIn('/etc/reelay', { ...files, 'upstreams.yaml': given })
      const result = registryFromEnvironment({ ...env, ...environment }, { dialects, readFile })
      if ('registry' in result) return
      expect(result.problems.length).toBeGreaterThan(0)
      expect(result.problems.join('\n')).not.toContain(KEY)
    }),
    { numRuns: 300 },
  )
})

import { expect, test } from 'vitest'
import { environment, problemsOf } from './read.ts'

const good = `upstreams:
  - name: one
    dialect: openai
    baseUrl: https://one.example/v1
    credentials:
      - { name: a, key: canary-1 }
      - { name: b, key: canary-2 }
  - name: two
    dialect: azure
    baseUrl: https://two.example/v1
    credentials:
      - name: a
        key: canary-1
`

const credentials = 'there are name, key, weight, maxInFlight, submitsPerMinute, state'

test('a good file has no problem, though two upstreams have the same key', () => {
  expect(good.match(/canary-1/g)).toHaveLength(2)
  expect(problemsOf(good)).toEqual([])
})

/** What stands in the good file, what stands there instead, and what is told. */
const wrong: [string, string, string][] = [
  ['name: one', 'name: One', '2:5 upstreams[0].name: must be 1 to 40 of a-z, 0-9 and -'],
  ['name: one', 'name: ""', '2:5 upstreams[0].name: must be 1 to 40 of a-z, 0-9 and -'],
  ['name: one', `name: ${'x'.repeat(41)}`, '2:5 upstreams[0].name: must be 1 to 40 of a-z, 0-9 and -'],
  ['name: one', 'name: 1', '2:5 upstreams[0].name: must be text: put it in quotes'],
  ['name: one', 'name: two', '8:5 upstreams[1].name: must differ from upstreams[0].name'],
  ['- name: one\n    dialect', '- dialect', '2:5 upstreams[0].name: is required'],
  [
    'name: one',
    'nmae: one\n    name: one',
    '2:5 upstreams[0].nmae: is not a known key: there are name, dialect, overrides, baseUrl, models, credentials',
  ],
  ['name: one', 'name: one\n    name: one', '3:5 upstreams[0].name: is given twice'],
  [
    'name: b',
    'name: a',
    '7:11 upstreams[0].credentials[1].name: must differ from upstreams[0].credentials[0].name',
  ],
  [
    'canary-2',
    'canary-1',
    '7:20 upstreams[0].credentials[1].key: must differ from upstreams[0].credentials[0].key',
  ],
  [
    'canary-2',
    '${NOT_SET}',
    '7:25 upstreams[0].credentials[1].key: needs the variable NOT_SET, which is not set',
  ],
  [
    'canary-2',
    '${BLANK}',
    '7:25 upstreams[0].credentials[1].key: needs the variable BLANK, which is not set',
  ],
  [
    'canary-2',
    'pre-${NOT_SET}',
    '7:29 upstreams[0].credentials[1].key: needs the variable NOT_SET, which is not set',
  ],
  [
    'canary-2',
    '"${not-a-name}"',
    '7:26 upstreams[0].credentials[1].key: must have ${NAME} for a variable, and $${ for the text ${',
  ],
  ['canary-2', '${TWO_LINES}', '7:20 upstreams[0].credentials[1].key: must be printable ASCII characters'],
  ['canary-2', '${ODD}', '7:20 upstreams[0].credentials[1].key: must be printable ASCII characters'],
  ['canary-2', '""', '7:20 upstreams[0].credentials[1].key: must not be empty'],
  ['canary-2', '12345', '7:20 upstreams[0].credentials[1].key: must be text: put it in quotes'],
  ['canary-2', '', '7:20 upstreams[0].credentials[1].key: is required: this dialect sends a key'],
  ['canary-2', '*canary', '7:25 upstreams[0].credentials[1].key: must be written out: aliases are not read'],
  [
    'key: canary-2',
    'wait: 2, key: canary-2',
    `7:20 upstreams[0].credentials[1].wait: is not a known key: ${credentials}`,
  ],
  [
    'canary-2',
    'canary-2, weight: 0',
    '7:35 upstreams[0].credentials[1].weight: must be a whole number from 1 to 1000000000',
  ],
  ['canary-2', 'canary-2, weight: 1.5', '7:35 upstreams[0].credentials[1].weight: must be a whole number'],
  [
    'canary-2',
    'canary-2, weight: "2x"',
    '7:35 upstreams[0].credentials[1].weight: must be a whole number from 1 to 1000000000',
  ],
  [
    'canary-2',
    'canary-2, maxInFlight: -1',
    '7:35 upstreams[0].credentials[1].maxInFlight: must be a whole number from 1 to 1000000000',
  ],
  [
    'canary-2',
    'canary-2, submitsPerMinute: [1]',
    '7:35 upstreams[0].credentials[1].submitsPerMinute: must be a whole number',
  ],
  [
    'canary-2',
    'canary-2, state: idle',
    '7:35 upstreams[0].credentials[1].state: must be one of active, draining',
  ],
  [
    'dialect: openai',
    'dialect: opneai',
    '3:5 upstreams[0].dialect: must be one of openai, azure, vllm-omni, or a path as in ./mine.yaml',
  ],
  ['dialect: openai', 'dialect: mine.yaml', '3:5 upstreams[0].dialect: names mine.yaml, which is not there'],
  ['dialect: openai\n    ', '', '2:5 upstreams[0].dialect: is required'],
  ['https://one.example/v1', 'one.example', '4:5 upstreams[0].baseUrl: must be an http or https URL'],
  [
    'https://one.example/v1',
    'https://u:canary@one.example',
    '4:5 upstreams[0].baseUrl: must not carry a user name or password',
  ],
  [
    'https://one.example/v1',
    '"https://one.example/v1?key=canary"',
    '4:5 upstreams[0].baseUrl: must end with its path: no ? and no #',
  ],
  [
    'dialect: openai',
    'dialect: openai\n    overrides: { poll: { floorMs: canary } }',
    '4:26 upstreams[0].overrides.poll.floorMs: Invalid input: expected number, received string',
  ],
  ['dialect: openai', 'dialect: openai\n    overrides: [1]', '4:5 upstreams[0].overrides: must be an object'],
  [
    'dialect: openai',
    'dialect: openai\n    models: {}',
    '4:5 upstreams[0].models: must name a model; without models every model is passed on as it is',
  ],
  [
    'dialect: openai',
    'dialect: openai\n    models: []',
    '4:5 upstreams[0].models: must name a model; without models every model is passed on as it is',
  ],
  [
    'dialect: openai',
    'dialect: openai\n    models: sora-2',
    '4:5 upstreams[0].models: must be an object or a list of names',
  ],
  [
    'dialect: openai',
    'dialect: openai\n    models: { a: 4 }',
    '4:15 upstreams[0].models.a: must be text: put it in quotes',
  ],
  [
    'dialect: openai',
    'dialect: openai\n    models: { "a b": "x\\ty" }',
    '4:15 upstreams[0].models["a b"]: must be 1 to 128 printable characters, and not blank',
  ],
  [
    'dialect: openai',
    `dialect: openai\n    models: { ${'m'.repeat(129)}: a }`,
    `4:15 upstreams[0].models.${'m'.repeat(129)}: must be 1 to 128 printable characters, and not blank`,
  ],
  [
    'dialect: openai',
    'dialect: openai\n    models: [a, b, a]',
    '4:20 upstreams[0].models[2]: is given twice',
  ],
  [
    'dialect: openai',
    'dialect: openai\n    models: [a, ""]',
    '4:17 upstreams[0].models[1]: must be 1 to 128 printable characters, and not blank',
  ],
]

test.each(wrong)('%s, written as %j', (right, instead, told) => {
  expect(problemsOf(good.replace(right, () => instead))).toEqual([`upstreams.yaml:${told}`])
})

test('all problems are told at once, in the order of the file', () => {
  const text = good
    .replace('name: one', 'name: One')
    .replace('canary-1', '${NOT_SET}')
    .replace('canary-2', '${NEITHER}')
    .replace('azure', 'azrue')
    .replace('https://two', 'ftp://two')
  expect(problemsOf(text).map((line) => line.split(/[ :]/, 3).slice(1).join(':'))).toEqual([
    '2:5',
    '6:25',
    '7:25',
    '9:5',
    '10:5',
  ])
})

test('variables without a value make no second problem', () => {
  const text = good.replaceAll(/one$|https:.*|openai|canary-./gm, '${NOT_SET}')
  const problems = problemsOf(text)
  expect(problems).toHaveLength(7)
  for (const problem of problems) expect(problem).toContain('needs the variable NOT_SET')
})

test('a server without keys needs none', () => {
  expect(problemsOf(good.replace('openai', 'vllm-omni').replace(', key: canary-2', ''))).toEqual([])
})

test('in production a key goes over plain http on a private network only', () => {
  const env = { ...environment, NODE_ENV: 'production' }
  const text = good
    .replace('https://one.example', 'http://one.example')
    .replace('https://two.example', 'http://gpu:80')
  expect(problemsOf(text)).toEqual([])
  expect(problemsOf(text, { env })).toEqual([
    'upstreams.yaml:4:5 upstreams[0].baseUrl: must be https in production unless the host is on a private network',
  ])
})

test('a forgotten space after a colon shows no key', () => {
  expect(problemsOf(good.replace('key: canary-2', 'key:canary-2'))).toEqual([
    'upstreams.yaml:7:9 upstreams[0].credentials[1].key: is required: this dialect sends a key',
    `upstreams.yaml:7:20 upstreams[0].credentials[1]: has a key that is not a known key: ${credentials}`,
  ])
})

test('no problem shows a value', () => {
  const texts = wrong.map(([right, instead]) => good.replace(right, () => instead))
  expect(texts.flatMap((text) => problemsOf(text)).join('\n')).not.toContain('canary')
})

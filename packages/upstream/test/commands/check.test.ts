import { expect, test } from 'vitest'
import { anUpstream, html, json, KEY, nobody } from '../upstream.ts'
import { runCommand, upstreamsFile } from './run-command.ts'
import { addVideo, aSimulator, type DialectName, dialectNames, historyOf } from './simulators.ts'

test('every dialect is found at the server that speaks it, and nothing is paid', async () => {
  const simulators = await Promise.all(dialectNames.map(aSimulator))
  await Promise.all(simulators.map(addVideo))
  const entries = simulators.map(({ url }, index) => anEntry(dialectNames[index] as DialectName, url))
  const { status, output } = await check(entries)
  expect(status).toBe(0)
  const listless = ['new-api', 'sora-relay', 'openrouter', 'xai']
  expect(rowsOf(output)).toEqual(
    dialectNames.map((name) => {
      const key = name === 'trtllm' ? 'not sent' : 'accepted'
      return [name, 'a', name, 'yes', key, listless.includes(name) ? 'none' : 'readable', 'yes']
    }),
  )
  for (const simulator of simulators)
    expect(await historyOf(simulator)).toEqual({ methods: new Set(['GET']), paid: 0 })
})

test('a key that is rejected, and a server that is away, are told by name', async () => {
  const { url } = await aSimulator('azure')
  const entry = `  - { name: eu, dialect: azure, baseUrl: "${url}", credentials: [{ name: a, key: "\${KEY}" }, { name: b, key: canary-of-old }] }`
  const { status, output } = await check([entry, anEntry('openai', `${await nobody()}/v1`)])
  expect(status).toBe(1)
  expect(rowsOf(output)).toEqual([
    ['eu', 'a', 'azure', 'yes', 'accepted', 'readable', 'yes'],
    ['eu', 'b', 'azure', 'yes', 'rejected', '?', '?'],
    ['openai', 'a', 'openai', 'no', '?', '?', '?'],
  ])
  expect(output).toContain('eu/b: the key is rejected (upstream answered 401)')
  expect(output).toContain('openai/a: can’t be reached: ECONNREFUSED')
})

test.each<[DialectName, DialectName, RegExp]>([
  ['openrouter', 'new-api', /speaks rather like new-api/],
  ['openai', 'sglang', /speaks rather like vllm-omni or sglang/],
  ['bifrost', 'litellm', /speaks rather like litellm/],
])('%s is not what a server speaks that speaks %s', async (dialect, spoken, problem) => {
  const { url } = await aSimulator(spoken)
  const { status, output } = await check([anEntry(dialect, url)])
  expect(status).toBe(1)
  expect(rowsOf(output)[0]?.at(-1)).toBe('no')
  expect(output).toMatch(problem)
})

test.each([
  ['a page', html(404)],
  ['a page for everything', html(200)],
  ['something else', json(200, { status: 'ok' })],
])('a server that answers with %s speaks no dialect', async (_, answer) => {
  const { url } = await anUpstream(answer)
  const { status, output } = await check([anEntry('xai', url), anEntry('openai', url)])
  expect(status).toBe(1)
  expect(output).toContain('xai/a: nothing there speaks the dialect')
  expect(output).toContain('openai/a: the list at /videos can’t be read')
})

test('a server in trouble can’t be told of', async () => {
  const { url } = await anUpstream(json(503, { error: { message: `no room for ${KEY}` } }))
  const { status, output } = await check([anEntry('openai', url)])
  expect(status).toBe(1)
  expect(output).toContain('openai/a: upstream answered 503')
})

test('a dialect of a file is checked, too', async () => {
  const { url } = await aSimulator('openai')
  const file = await upstreamsFile('name: mine')
  const entry = `  - { name: mine, dialect: "${file}", baseUrl: "${url}", credentials: [{ name: a, key: "\${KEY}" }] }`
  const { status, output } = await check([entry])
  expect(status).toBe(0)
  expect(output).toMatch(/^mine .* yes +accepted +readable +yes$/m)
})

test('every problem of the file is told with its line', async () => {
  const path = await upstreamsFile(`upstreams:
  - name: One
    dialect: azur
    baseUrl: https://host/v1
    credentials: [{ name: a, key: "\${ABSENT}" }]
`)
  const { status, output, problems } = await runCommand(['check'], { environment: { UPSTREAMS: path } })
  expect({ status, output }).toEqual({ status: 1, output: '' })
  expect(problems).toContain(`${path}:2:5 upstreams[0].name: must be 1 to 40 of a-z, 0-9 and -`)
  expect(problems).toContain(`${path}:3:5 upstreams[0].dialect: must be one of openai, azure`)
  expect(problems).toContain(`${path}:5:36 upstreams[0].credentials[0].key: needs the variable ABSENT`)
})

test('the single upstream is checked, too', async () => {
  const { url } = await aSimulator('sora-relay')
  const environment = { SORA_BASE_URL: url, SORA_API_KEY: KEY, SORA_DIALECT: 'sora-relay' }
  const { status, output } = await runCommand(['check'], { environment })
  expect(status).toBe(0)
  expect(rowsOf(output)).toEqual([['default', 'default', 'sora-relay', 'yes', 'accepted', 'none', 'yes']])
})

test('without any upstream it says what to set', async () => {
  const { status, problems } = await runCommand(['check'])
  expect(status).toBe(1)
  expect(problems).toContain('UPSTREAMS is missing, and so is SORA_BASE_URL')
})

function anEntry(dialect: DialectName, url: string): string {
  return `  - { name: ${dialect}, dialect: ${dialect}, baseUrl: "${url}", credentials: [{ name: a, key: "\${KEY}" }] }`
}

/** Checks these upstreams, whose keys never show. */
async function check(entries: string[]) {
  const path = await upstreamsFile(`upstreams:\n${entries.join('\n')}\n`)
  const ended = await runCommand(['check'], { environment: { UPSTREAMS: path, KEY } })
  expect(ended.output + ended.problems).not.toContain('canary')
  return ended
}

/** The cells of the table. */
function rowsOf(output: string): string[][] {
  const [table = ''] = output.trimEnd().split('\n\n')
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/))
}

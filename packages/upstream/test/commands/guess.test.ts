import { expect, test } from 'vitest'
import { anUpstream, html, KEY, nobody } from '../upstream.ts'
import { runCommand } from './run-command.ts'
import { aSimulator, dialectNames, historyOf } from './simulators.ts'

test.each(dialectNames)('%s is named, with what was seen, and nothing is paid', async (dialect) => {
  const simulator = await aSimulator(dialect)
  const output = await printed(simulator.url, KEY)
  const [verdict, gap, heads, ...rows] = output.split('\n')
  expect([verdict, gap]).toEqual([dialect, ''])
  expect(heads).toMatch(/^key sent +asked for +status +answer$/)
  expect(rows.length).toBe(dialect === 'trtllm' ? 2 : 6)
  expect(await historyOf(simulator)).toEqual({ methods: new Set(['GET']), paid: 0 })
})

test('the key of the environment is taken', async () => {
  const { url } = await aSimulator('azure')
  const environment = { SORA_API_KEY: KEY }
  const { status, output } = await runCommand(['guess', url, '--key', 'env'], { environment })
  expect({ status, verdict: output.split('\n')[0] }).toEqual({ status: 0, verdict: 'azure' })
  expect(output).not.toContain('canary')
})

test('being unsure is no failure', async () => {
  const { url } = await anUpstream(html(404))
  const { status, output } = await runCommand(['guess', url])
  expect(status).toBe(0)
  expect(output).toMatch(/^unsure: no built-in dialect fits all answers/)
  expect(output).toMatch(/^none +a video that can’t be +404 +no JSON$/m)
})

test('without a key it says what it may be, and that a key would tell more', async () => {
  const { url } = await aSimulator('bifrost')
  const output = await printed(url)
  expect(output).toMatch(/^unsure: it may be bifrost; a key that it takes would tell more \(--key\)\n/)
})

test('with a wrong key it says that the key was not taken', async () => {
  const { url } = await aSimulator('azure')
  const output = await printed(url, 'canary-wrong')
  expect(output).toMatch(/^unsure: it may be azure, but the key was not taken\n/)
})

test('a server that says the key back does not make it show', async () => {
  const { url } = await anUpstream((response, { headers }) => {
    const { authorization } = headers
    response.writeHead(authorization ? 404 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ['x'.repeat(80)]: 1, [authorization ?? 'none']: 1 }))
  })
  const output = await printed(url, KEY)
  expect(output).toMatch(/^bearer .* 404 +\{x{80}, Bearer \[key\]\}$/m)
})

test('a server that can’t be reached is said so, with status 1', async () => {
  const { status, output, problems } = await runCommand(['guess', await nobody()])
  expect({ status, output }).toEqual({ status: 1, output: '' })
  expect(problems).toContain('URL can’t be reached: ECONNREFUSED')
})

/** What is printed of a server, which is no key. */
async function printed(url: string, key?: string): Promise<string> {
  const { output } = await runCommand(['guess', url, ...(key === undefined ? [] : ['--key', key])])
  expect(output).not.toContain('canary')
  return output.trimEnd()
}

import { expect, test } from 'vitest'
import { dialectJsonSchema } from '../../src/dialect/read-dialect.ts'
import { KEY } from '../upstream.ts'
import { runCommand, runProcess } from './run-command.ts'

test.each<[string, string[], string]>([
  ['no command', [], 'must be one of'],
  ['an unknown command', ['chek'], 'must be one of'],
  ['a name too few', ['preview'], 'upstreams -- preview NAME'],
  ['a name too many', ['schema', 'azure'], 'upstreams -- schema'],
  ['an option of another command', ['check', '--key', KEY], 'upstreams -- check'],
  ['an unknown option', ['guess', 'https://host/v1', `--kye=${KEY}`], '--key KEY|env'],
  ['an option without its value', ['guess', 'https://host/v1', '--key'], '--key KEY|env'],
  ['a status that is none', ['paste', 'default', '--status', 'abc'], 'as in 400'],
  ['a kind of answer that is none', ['paste', 'default', 'made'], 'create, retrieve, list, error'],
  ['an address that is none', ['guess', 'host/v1'], 'URL must be an http or https URL'],
  ['a key that is nowhere', ['guess', 'https://host/v1', '--key', 'env'], 'SORA_API_KEY, which is not set'],
  ['a key of two lines', ['guess', 'https://host/v1', '--key', `${KEY}\n${KEY}`], 'printable ASCII'],
])('%s: says what would be right, and ends with 1', async (_, args, problem) => {
  const { status, output, problems } = await runCommand(args)
  expect({ status, output }).toEqual({ status: 1, output: '' })
  expect(problems).toContain(problem)
  expect(problems).not.toMatch(/canary|\n +at /)
})

test('a process of its own prints, reads stdin and ends with the status', async () => {
  const environment = { SORA_BASE_URL: 'https://host.example/v1', SORA_API_KEY: KEY }
  const input = JSON.stringify({ id: 'video_1', status: 'in_progress' })
  const pasted = await runProcess(['paste', 'default'], { environment, input })
  expect({ ...pasted, output: pasted.output.split('\n')[0] }).toEqual({
    status: 0,
    output: (await runCommand(['paste', 'default'], { environment, input })).output.split('\n')[0],
    problems: '',
  })
  const wrong = await runProcess(['preview'])
  expect(wrong).toEqual({
    status: 1,
    output: '',
    problems: 'It must be: npm run upstreams -- preview NAME\n',
  })
})

test('the schema is printed', async () => {
  const { status, output } = await runCommand(['schema'])
  expect(status).toBe(0)
  expect(JSON.parse(output)).toEqual(dialectJsonSchema())
})

// With `--update` this writes the file.
test('the docs have the same schema', async () => {
  const { output } = await runCommand(['schema'])
  const path = new URL('../../../../docs/dialect.schema.json', import.meta.url).pathname
  await expect(output).toMatchFileSnapshot(path)
})

import { expect, test } from 'vitest'
import { builtInNames } from '../../src/dialect/built-in.ts'
import { anUpstream, builtInDialect, json, KEY } from '../upstream.ts'
import { runCommand, upstreamsFile } from './run-command.ts'

const azure = `upstreams:
  - name: azure-eu
    dialect: azure
    baseUrl: https://eu.example.com/openai/v1
    models: { sora-2: my-deployment }
    credentials: [{ name: a, key: "\${KEY}" }]
`

test('a first video and each derivation are shown, with the key masked', async () => {
  const environment = { UPSTREAMS: await upstreamsFile(azure), KEY }
  const { status, output } = await runCommand(['preview', 'azure-eu'], { environment })
  expect(status).toBe(0)
  expect(output).not.toContain(KEY)
  expect(sectionsOf(output)).toEqual({
    'A first video': `POST https://eu.example.com/openai/v1/videos
api-key: [key]
accept: application/json
user-agent: reelay
content-type: multipart/form-data; boundary=…

prompt: a paper boat in the rain
model: my-deployment
size: 1280x720
seconds: 8`,
    'A first video, with a picture': expect.stringContaining(
      'seconds: 8\ninput_reference: [bytes of picture.jpeg], image/jpeg',
    ),
    'remix of an earlier video, by its id': `POST https://eu.example.com/openai/v1/videos/VIDEO_ID/remix
api-key: [key]
accept: application/json
user-agent: reelay
content-type: multipart/form-data; boundary=…

prompt: a paper boat in the rain`,
    'edit of an earlier video, by its id': `POST https://eu.example.com/openai/v1/videos/edits
api-key: [key]
accept: application/json
user-agent: reelay
content-type: application/json

{
  "prompt": "a paper boat in the rain",
  "video": {
    "id": "VIDEO_ID"
  }
}`,
    'edit of an earlier video, by its clip': expect.stringContaining('video: [bytes of clip.mp4], video/mp4'),
    'extend of an earlier video, by its id': expect.stringContaining('"seconds": "8"'),
    'extend of an earlier video, by its clip': expect.stringContaining('seconds: 8'),
  })
})

test.each(builtInNames)(
  '%s has requests for a first video, with and without a picture, and one for each derivation',
  async (dialect) => {
    const { url, connections } = await anUpstream(json(200, {}))
    const environment = { SORA_BASE_URL: url, SORA_API_KEY: KEY, SORA_DIALECT: dialect }
    const { output } = await runCommand(['preview', 'default'], { environment })
    expect(output).not.toContain(KEY)
    const { create, derive } = builtInDialect(dialect)
    const derivations = derive.flatMap(({ path, image }) => {
      return Array(image ? 2 : 1).fill(path.replace('{id}', 'VIDEO_ID'))
    })
    const paths = [create.path, create.path, ...derivations]
    expect(output.match(/^POST .*$/gm)).toEqual(paths.map((path) => `POST ${url}${path}`))
    expect(connections).toEqual([])
  },
)

test('what the upstream has no words for is left out, and said', async () => {
  const dialect = await upstreamsFile(`
name: short
fields: { seconds: { max: 5 }, size: { as: never }, model: { send: never } }
image: { how: never }
derive: []
`)
  const environment = { SORA_BASE_URL: 'https://host/v1', SORA_API_KEY: KEY, SORA_DIALECT: dialect }
  const { output } = await runCommand(['preview', 'default'], { environment })
  expect(output).toContain('# without seconds: must be at most 5 for this upstream')
  expect(output).toContain('# without size: upstream takes no size')
  expect(output).toMatch(
    /boundary=…\n\nprompt: a paper boat in the rain\n\nNo video can be made from an earlier/,
  )
})

test.each([
  ['bifrost', '"input_reference": "data:image/jpeg;base64,[bytes of picture.jpeg]"'],
  ['new-api', '"images": [\n    "data:image/jpeg;base64,[bytes of picture.jpeg]"\n  ]'],
  ['xai', '"image": {\n    "url": "data:image/jpeg;base64,[bytes of picture.jpeg]"\n  }'],
  ['trtllm', 'input_reference: [bytes of picture.png], image/png'],
  ['vllm-omni', 'input_reference: [bytes of clip.mp4], video/mp4'],
])('%s is shown with the place of a file, and none of its bytes', async (dialect, place) => {
  const environment = { SORA_BASE_URL: 'https://host/v1', SORA_API_KEY: KEY, SORA_DIALECT: dialect }
  expect((await runCommand(['preview', 'default'], { environment })).output).toContain(place)
})

test('a remix that may have a picture is shown with one', async () => {
  const environment = { SORA_BASE_URL: 'https://host/v1', SORA_API_KEY: KEY, SORA_DIALECT: 'sora-relay' }
  const sections = sectionsOf((await runCommand(['preview', 'default'], { environment })).output)
  expect(sections['remix of an earlier video, by its id']).toContain('application/json')
  expect(sections['remix of an earlier video, by its id, with a picture']).toContain(
    'input_reference: [bytes of picture.jpeg], image/jpeg',
  )
})

test('headers of a dialect that may hold a secret are hidden', async () => {
  const overrides = `{ headers: { x-api-token: abc, x-team: "\${TEAM}", x-version: "7" } }`
  const overridden = azure.replace('    models', `    overrides: ${overrides}\n    models`)
  const environment = { UPSTREAMS: await upstreamsFile(overridden), KEY, TEAM: 'canary-team' }
  const { output } = await runCommand(['preview', 'azure-eu'], { environment })
  expect(output).toContain('x-api-token: [hidden]\nx-team: [hidden]\nx-version: 7\napi-key: [key]\n')
  expect(output).not.toContain('canary')
})

test('an upstream that is not there is answered with those that are', async () => {
  const environment = { UPSTREAMS: await upstreamsFile(azure), KEY }
  const { status, problems } = await runCommand(['preview', 'azure-us'], { environment })
  expect({ status, problems }).toEqual({ status: 1, problems: 'NAME must be an upstream: azure-eu\n' })
})

function sectionsOf(output: string): Record<string, string> {
  const sections = output.trimEnd().split(/^# /m).slice(1)
  return Object.fromEntries(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n')
      return [title, lines.join('\n').trimEnd()]
    }),
  )
}

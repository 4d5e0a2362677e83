import type { Attachment } from '../attachment.ts'
import type { Derivation, Dialect } from '../dialect/dialect.ts'
import { createEndpoint, type Endpoint } from '../endpoint.ts'
import type { Upstream } from '../registry/registry.ts'
import { ways } from '../requests/derivation.ts'
import { type Asked, say, type Unsupported } from '../requests/said.ts'
import { derivationRequest, submissionOf } from '../requests/submission.ts'
import { modelAt, modelsOf } from '../routes.ts'
import { isFilePart } from '../submit/open-body.ts'
import type { Post } from '../submit/send-once.ts'
import type { Command, Run } from './command.ts'
import { readSettings, upstreamNamed } from './settings.ts'

const prompt = 'a paper boat in the rain'
const sources: Record<Derivation['source'], string | Attachment> = {
  'id-in-path': 'VIDEO_ID',
  'id-in-body': 'VIDEO_ID',
  url: 'https://example.com/clip.mp4',
  file: unopened('clip.mp4', 'video/mp4'),
}
const secretName = /auth|cookie|credential|key|pass|secret|sign|token/i
/** Shorter values of variables are words that stand anywhere. */
const SHORTEST_SECRET = 6

/** Prints the requests that a first video and each derivation make. Asks nobody. */
export const preview: Command = async ({ operands: [name = ''], environment, print }) => {
  const { registry, timeouts, hide } = readSettings(environment)
  const upstream = upstreamNamed(name, registry)
  const { dialect, baseUrl, models } = upstream
  const endpoint = createEndpoint({
    ...{ ...timeouts, baseUrl, dialect, apiKey: '[key]' },
    ...(models && { models: Object.fromEntries(models) }),
  })
  const shown = { ...endpoint, headers: { ...endpoint.headers, ...hidden(dialect.headers, environment) } }
  const sections = [await created(upstream, shown)]
  const picture = pictureFor(dialect)
  if (picture) sections.push(await created(upstream, shown, picture))
  for (const derivation of dialect.derive) {
    sections.push(await derived(derivation, upstream, shown))
    if (picture && derivation.image) sections.push(await derived(derivation, upstream, shown, picture))
  }
  if (dialect.derive.length === 0) sections.push('No video can be made from an earlier one.')
  print(hide(sections.join('\n\n')))
  return 0
}

/** Headers that a dialect sends beside the key, without those that may be a secret: by their name, or as a variable. */
function hidden(headers: Dialect['headers'], environment: Run['environment']): Dialect['headers'] {
  const values = Object.values(environment).filter((value = '') => value.length >= SHORTEST_SECRET)
  const secrets = Object.entries(headers).filter(([name, value]) => {
    return secretName.test(name) || values.some((secret = '') => value.includes(secret))
  })
  return Object.fromEntries(secrets.map(([name]) => [name, '[hidden]']))
}

async function created(
  upstream: Upstream<Dialect>,
  endpoint: Endpoint,
  picture?: Attachment,
): Promise<string> {
  const { asked, left } = sayable(upstream)
  const post = await submissionOf({ prompt, picture, ...asked }, endpoint)
  return section(`# A first video${along(picture)}`, left, await written(post, endpoint))
}

async function derived(
  derivation: Derivation,
  upstream: Upstream<Dialect>,
  endpoint: Endpoint,
  picture?: Attachment,
): Promise<string> {
  const { verb, source, sends } = derivation
  const { asked, left } = sayable(upstream, sends)
  const post = await derivationRequest(derivation, sources[source], { prompt, picture, ...asked }, endpoint)
  return section(
    `# ${verb} of an earlier video, by ${ways[source]}${along(picture)}`,
    left,
    await written(post, endpoint),
  )
}

function along(picture: Attachment | undefined): string {
  return picture ? ', with a picture' : ''
}

function pictureFor({ image: { how, types } }: Dialect): Attachment | undefined {
  const type = types[0]
  return how === 'never' || !type ? undefined : unopened(type.replace('image/', 'picture.'), type)
}

function unopened(name: string, type: string): Attachment {
  const open = () => Promise.reject(new Error('a preview reads no files'))
  return { name, type, bytes: 1, open }
}

function section(title: string, left: readonly Unsupported[], request: string): string {
  return [title, ...left.map(({ field, message }) => `# without ${field}: ${message}`), request].join('\n')
}

function sayable(upstream: Upstream<Dialect>, sends?: Derivation['sends']) {
  const { dialect } = upstream
  const models = modelsOf(upstream)
  const model = modelAt(upstream, null) ?? Object.keys(models)[0] ?? 'MODEL'
  const asked: Asked = {
    ...(dialect.fields.model.send !== 'never' && { model }),
    ...{ size: '1280x720', seconds: '8' },
  }
  const left: Unsupported[] = []
  for (let problem = problemIn(); problem; problem = problemIn()) {
    left.push(problem)
    if (asked[problem.field as keyof Asked] === undefined) break
    delete asked[problem.field as keyof Asked]
  }
  return { asked, left }

  function problemIn(): Unsupported | undefined {
    const said = say(asked, dialect, models, sends)
    return 'field' in said ? said : undefined
  }
}

async function written({ path, headers, body }: Post, { base }: Endpoint): Promise<string> {
  const type = headers['content-type'] ?? ''
  const heads = Object.entries(headers).map(([name, value]) => {
    return `${name}: ${name === 'content-type' ? value.replace(/(boundary=).*/, '$1…') : value}`
  })
  return [`POST ${base.origin}${path}`, ...heads, '', await readable(type, body)].join('\n')
}

async function readable(type: string, body: Post['body']): Promise<string> {
  const bytes = body.map((part) => (isFilePart(part) ? Buffer.from(`[bytes of ${part.file.name}]`) : part))
  const response = new Response(Buffer.concat(bytes), { headers: { 'content-type': type } })
  if (type === 'application/json') return JSON.stringify(await response.json(), null, 2)
  const fields = [...(await response.formData())].map(async ([name, value]) => {
    return `${name}: ${typeof value === 'string' ? value : `${await value.text()}, ${value.type}`}`
  })
  return (await Promise.all(fields)).join('\n')
}

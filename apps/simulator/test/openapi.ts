import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

const document = parse(
  readFileSync(new URL('./fixtures/openai-videos.openapi.yaml', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addFormat('unixtime', true)
ajv.addFormat('binary', true)
ajv.addSchema(document, 'openapi')

/** Throws unless upstream's own description allows this answer to this request. */
export async function checkAnswer(method: string, path: string, response: Response): Promise<void> {
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  if (response.ok && type !== 'application/json') {
    const allowed = operation(method, path).responses['200'].content
    if (!(type in allowed)) throw new Error(`${method} ${path} answered ${type}`)
    return
  }
  if (type === 'application/json') checkBody(schemaOf(method, path, response.ok), await response.json())
}

export function checkBody(schema: string, body: unknown): void {
  const validate = ajv.getSchema(`openapi#${schema}`)
  if (!validate) throw new Error(`No schema at ${schema}`)
  if (!validate(body)) throw new Error(`${schema}: ${ajv.errorsText(validate.errors)}`)
}

function schemaOf(method: string, path: string, ok: boolean): string {
  if (!ok) return '/components/schemas/ErrorResponse'
  const template = templateOf(path).replaceAll('/', '~1')
  return `/paths/${template}/${method.toLowerCase()}/responses/200/content/application~1json/schema`
}

function operation(method: string, path: string) {
  return document.paths[templateOf(path)][method.toLowerCase()]
}

function templateOf(path: string): string {
  const route = path.replace(/^.*?\/videos/, '/videos')
  return route in document.paths ? route : route.replace(/^\/videos\/[^/]+/, '/videos/{video_id}')
}

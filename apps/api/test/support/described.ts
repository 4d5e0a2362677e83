import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { OpenAPIV3_1 } from 'openapi-types'
import { isForVideosApi } from '../../src/v1/failure.ts'

type Media = { schema?: object }
type Response = { content?: Record<string, Media> }
export type Answer = {
  method: string
  /** Of its route; undefined where there is none. */
  url: string | undefined
  asked?: string
  status: number
  type: string
  body: unknown
}

/** What answers and events are compared to: a document in OpenAPI 3.1. */
export function createDescribed(document: OpenAPIV3_1.Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')

  return {
    /** What is wrong with a value by the schema at a place of the document; nothing is undefined. */
    problemAt(place: string[], value: unknown): string | undefined {
      const validate = ajv.getSchema(`openapi#${pointer(place)}`)
      if (!validate) return `there is no schema at ${place.join(' ')}`
      return validate(value) ? undefined : ajv.errorsText(validate.errors)
    },

    /** What is wrong with the data of an event that tells of a task; nothing is undefined. */
    problemOfEvent(event: { type: string; [field: string]: unknown }): string | undefined {
      const schema = event.type === 'taskDeleted' ? 'TaskDeleted' : 'TaskUpdate'
      return this.problemAt(['components', 'schemas', schema], event)
    },

    /** What is wrong with an answer by its route and status; nothing is undefined. */
    problemOf({ method, url, asked = '', status, type, body }: Answer): string | undefined {
      const failure = isForVideosApi({ url: asked }) ? 'VideosFailure' : 'Failure'
      if (url === undefined) return this.problemAt(['components', 'schemas', failure], body)
      const operation = [
        'paths',
        url.replace(/:(\w+)/g, '{$1}'),
        (method === 'HEAD' && !find(document, ['paths', url, 'head']) ? 'GET' : method).toLowerCase(),
      ]
      const place = follow([...operation, 'responses', String(status)])
      const response = find(document, place) as Response | undefined
      if (!response) return 'the status is not documented'
      if (body === undefined || method === 'HEAD') return undefined
      const documented = response.content && type in response.content
      if (!documented) return `${type} is not documented`
      if (type !== 'application/json') return undefined
      return this.problemAt([...place, 'content', type, 'schema'], body)
    },
  }

  function follow(place: string[]): string[] {
    const { $ref } = (find(document, place) ?? {}) as { $ref?: string }
    return $ref === undefined ? place : $ref.split('/').slice(1)
  }
}

function find(inside: unknown, place: string[]): unknown {
  return place.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], inside)
}

function pointer(place: string[]): string {
  return place
    .map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('')
}

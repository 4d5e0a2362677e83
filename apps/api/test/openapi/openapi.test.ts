import { update } from '@reelay/contracts/examples'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { OpenAPIV3_1 } from 'openapi-types'
import { afterAll, expect, test } from 'vitest'
import { apiErrors } from '../../src/http/api-errors.ts'
import { videosDocument } from '../../src/openapi/videos-document.ts'
import { collectRoutes } from '../security/collect-routes.ts'
import { createDescribed } from '../support/described.ts'
import { buildTestApp } from '../support/test-app.ts'

const { built: api, routes } = await collectRoutes(() => buildTestApp())
afterAll(api.stop)
const document = api.app.swagger() as OpenAPIV3_1.Document
const described = createDescribed(document)

const alive = { success: true, data: { status: 'alive' } }

type Media = { schema?: object; example?: unknown; examples?: Record<string, { value: unknown }> }
type Examples = { place: string[]; values: unknown[] }

/** Pages for people, and answers to what no route is for. */
const undocumented = /^(OPTIONS \*|(GET|HEAD) \/|(GET|HEAD) \/(docs|studio)(\/.*)?|\w+ \/admin(\/.*)?)$/
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  (['get', 'head', 'post', 'delete'] as const).flatMap((method) => {
    const operation = item?.[method]
    return operation ? [{ name: `${method.toUpperCase()} ${path}`, path, method, operation }] : []
  }),
)

test('openapi.json is what the routes say', async () => {
  const text = `${JSON.stringify(document, null, 2)}\n`
  await expect(text, 'run npm run openapi').toMatchFileSnapshot('../../openapi.json')
})

test('openapi.v1.json is its part of the Videos API', async () => {
  const text = `${JSON.stringify(videosDocument(document), null, 2)}\n`
  await expect(text, 'run npm run openapi').toMatchFileSnapshot('../../openapi.v1.json')
})

test('schemas stand in the order of their names', () => {
  const names = Object.keys(document.components?.schemas ?? {})
  expect(names).toEqual(names.toSorted())
})

test.each([
  ['the document', document],
  ['that of the Videos API', videosDocument(document)],
])('%s is valid OpenAPI 3.1', async (_, checked) => {
  const validator = new Validator()
  expect(await validator.validate(structuredClone(checked) as never)).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('every route is in the document and nothing else', () => {
  const registered = routes
    .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
    .filter((name) => !undocumented.test(name))
    .map((name) =>
      operations.some((operation) => operation.name === name) ? name : name.replace('HEAD', 'GET'),
    )
  expect(operations.map(({ name }) => name).sort()).toEqual([...new Set(registered)].sort())
})

test('every route has a summary and an example of its use', () => {
  const without = operations.filter(({ operation, path, method }) => {
    const examples = examplesIn(['paths', path, method])
    const isShown = (part: RegExp) => examples.some(({ place }) => place.some((key) => part.test(key)))
    return (
      !operation.summary ||
      (operation.requestBody !== undefined && !isShown(/^requestBody$/)) ||
      !(isShown(/^2\d\d$/) || isShown(/^parameters$/))
    )
  })
  expect(without.map(({ name }) => name)).toEqual([])
})

test('every example is valid by its own schema', () => {
  const examples = examplesIn([])
  expect(examples.length).toBeGreaterThan(60)
  const problems = examples.flatMap(({ place, values }) =>
    values.flatMap((value) => {
      const problem = described.problemAt(place, value)
      return problem ? [`${place.join(' ')}: ${problem}`] : []
    }),
  )
  expect(problems).toEqual([])
})

test('every error code is documented where it can be met', () => {
  const documented = Object.keys(document.components?.responses ?? {}).flatMap((name) =>
    name.replace(/^v1\./, '').split('.'),
  )
  // Where there is no route, or no request yet.
  const elsewhere = ['not_found', 'request_timeout', 'headers_too_large']
  for (const code of elsewhere) expect(document.info.description).toContain(code)
  expect([...new Set([...documented, ...elsewhere])].sort()).toEqual(Object.keys(apiErrors).sort())
})

test('shared schemas are referred to by name', () => {
  const names = Object.keys(document.components?.schemas ?? {})
  const ofVideos = ['DeletedVideo', 'ModelList', 'Video', 'VideoList', 'VideosFailure']
  expect(names.sort()).toEqual(
    [
      'DeletedTask',
      'Explanation',
      'Failure',
      'LineageNode',
      'Submitted',
      'Task',
      'TaskDeleted',
      'TaskUpdate',
      'Timeline',
      ...ofVideos,
    ].sort(),
  )
  const text = JSON.stringify(document)
  for (const name of names.filter((name) => !['TaskDeleted', 'TaskUpdate'].includes(name)))
    expect(text).toContain(`"$ref":"#/components/schemas/${name}"`)
})

test.each([
  ['a status', { status: 418 }, 'status is not documented'],
  ['a field', { body: { success: true, data: { status: 'alive' }, more: 1 } }, 'must NOT have additional'],
  ['a missing field', { body: { success: true } }, 'must have required'],
  ['a content type', { type: 'text/plain' }, 'text/plain is not documented'],
  [
    'a code',
    { url: '/api/auth/logout', method: 'POST', status: 401, body: failure('forbidden') },
    'must be equal',
  ],
  ['a route', { url: '/nowhere' }, 'status is not documented'],
])('%s that is not documented is noticed', (_, wrong, problem) => {
  const good = { method: 'GET', url: '/health', status: 200, type: 'application/json', body: alive }
  expect(described.problemOf(good)).toBeUndefined()
  expect(described.problemOf({ ...good, ...wrong })).toContain(problem)
})

test('an event that is not documented is noticed', () => {
  const payload = { ...update.payload, prompt: 'a cat' }
  expect(described.problemOfEvent(update)).toBeUndefined()
  expect(described.problemOfEvent({ ...update, payload })).toContain('must NOT have additional')
})

function failure(code: string) {
  return { success: false, code, error: 'no', message: 'no', requestId: 'one' }
}

/** Each schema below a place of the document that has examples, inside it or beside it. */
function examplesIn(place: string[]): Examples[] {
  return walk(
    place.reduce((value: unknown, key) => (value as Record<string, unknown>)[key], document),
    place,
  )
}

function walk(value: unknown, place: string[]): Examples[] {
  if (value === null || typeof value !== 'object') return []
  const { schema, example, examples } = value as Media
  if (schema) {
    const values = [
      ...(example === undefined ? [] : [example]),
      ...Object.values(examples ?? {}).map((each) => each.value),
    ]
    return [
      ...(values.length > 0 ? [{ place: [...place, 'schema'], values }] : []),
      ...walk(schema, [...place, 'schema']),
    ]
  }
  if (Array.isArray(examples)) return [{ place, values: examples }]
  return Object.entries(value).flatMap(([key, inner]) => walk(inner, [...place, key]))
}

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { builtIn, builtInNames } from '../src/dialect/built-in.ts'
import { dialectJsonSchema, readDialect, withOverrides } from '../src/dialect/read-dialect.ts'

test('the built-in dialects are these, and each can be read', () => {
  expect(builtInNames).toEqual([
    ...['openai', 'azure', 'litellm', 'bifrost', 'new-api', 'sora-relay'],
    ...['vllm-omni', 'sglang', 'trtllm', 'openrouter', 'xai'],
  ])
  for (const name of builtInNames) expect(readDialect(builtIn.get(name))).toMatchObject({ dialect: { name } })
})

test('a dialect’s file says only what differs', () => {
  const dialect = read({ name: 'small', create: { path: '/clips' }, id: { path: 'job.ref' } })
  expect(dialect).toMatchObject({
    auth: 'bearer',
    create: { path: '/clips', encoding: 'multipart' },
    id: { path: ['job.ref'], inPoll: 'same' },
    retrieve: { path: '/videos/{id}', pendingOn: [202] },
    list: { tells: ['prompt', 'source', 'time'] },
    missing: { statuses: [404, 410], count: 3, spanMs: 120_000 },
  })
  expect(read({ name: 'small', list: null, derive: [] })).toMatchObject({ list: null, derive: [] })
})

describe('a mistake is named with its place', () => {
  const edit = { verb: 'edit', path: '/edits', source: 'url' }
  test.each<[object, string, string | RegExp]>([
    [{}, 'name', 'is required'],
    [{ name: 'My Vendor' }, 'name', 'must be lower case letters, digits and dashes'],
    [{ name: 'x', lists: null }, 'dialect', /^has no key lists; its keys are .*name, auth, .*, list, poll$/],
    [
      { name: 'x', create: { url: '/x', path: '/y' } },
      'create',
      'has no key url; its keys are path, encoding',
    ],
    [{ name: 'x', auth: 'basic' }, 'auth', 'must be one of bearer, raw, header, none'],
    [{ name: 'x', create: { path: 'videos' } }, 'create.path', /^must be a path as in \/videos/],
    [{ name: 'x', retrieve: { path: '/videos' } }, 'retrieve.path', /^must be a path that holds \{id\}/],
    [{ name: 'x', id: { path: 'data[].id' } }, 'id.path', /^must be a place/],
    [{ name: 'x', result: { urls: ['video.url', 7] } }, 'result.urls', /^must be a place/],
    [{ name: 'x', status: { words: { hot: 'baking' } } }, 'status.words.hot', /^must be one of queued, /],
    [{ name: 'x', missing: { statuses: [99] } }, 'missing.statuses[0]', 'must be at least 200'],
    [{ name: 'x', missing: { count: 0 } }, 'missing.count', /^must be at least/],
    [{ name: 'x', poll: { floorMs: '5s' } }, 'poll.floorMs', /^must be a /],
    [{ name: 'x', derive: [edit] }, 'derive[0].field', 'must say where the source is named'],
    [{ name: 'x', derive: [{ ...edit, source: 'id-in-path' }] }, 'derive[0].path', 'must hold {id}'],
    [
      { name: 'x', error: { rules: [{ means: 'key' }] } },
      'error.rules[0]',
      'must name a status, code, type or text',
    ],
    [{ name: 'x', headers: { 'X-V': 'a\nb' } }, 'headers.X-V', 'must be printable ASCII characters'],
    [{ name: 'x', fields: { prompt: { name: '__proto__.a' } } }, 'fields.prompt.name', /^must be a place/],
    [{ name: 'x', id: { look: '(' } }, 'id.look', 'must be a regular expression'],
  ])('%j', (file, path, message) => {
    expect(readDialect(file)).toEqual({
      problems: [{ path, message: typeof message === 'string' ? message : expect.stringMatching(message) }],
    })
  })

  test.each([undefined, null, 'openai', ['openai'], 7])('%j, which is no dialect at all', (data) => {
    expect(readDialect(data)).toMatchObject({ problems: [{ path: 'dialect' }] })
  })

  test('all of them at once', () => {
    const file = { name: 'x', auth: 'basic', list: { end: 'never' }, poll: { floor: 5 } }
    expect(readDialect(file)).toMatchObject({
      problems: [{ path: 'auth' }, { path: 'list.end' }, { path: 'poll' }],
    })
  })
})

test('the example in the docs is a dialect', () => {
  const docs = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const [, example = ''] = /^```json\n(.*?)^```$/ms.exec(docs) ?? []
  expect(readDialect(JSON.parse(example))).toMatchObject({ dialect: { name: 'loomwork' } })
})

test('overrides merge objects, and replace lists and single values', () => {
  const raw = {
    name: 'x',
    list: { end: 'whole', query: { limit: '5' } },
    derive: [{ verb: 'remix' }],
    thumbnail: null,
  }
  const overrides = {
    list: { query: { order: 'asc' } },
    derive: [],
    thumbnail: { route: '/t/{id}' },
    id: { path: 'ref' },
  }
  expect(withOverrides(raw, overrides)).toEqual({
    name: 'x',
    list: { end: 'whole', query: { limit: '5', order: 'asc' } },
    derive: [],
    thumbnail: { route: '/t/{id}' },
    id: { path: 'ref' },
  })
  expect(withOverrides(raw, { list: null })).toMatchObject({ list: null })
})

test('the JSON Schema says what each key is for', () => {
  const schema = dialectJsonSchema() as Schema
  expect(schema.required).toEqual(['name'])
  const unsaid = Object.entries(membersOf(schema, '')).filter(([, member]) => !member.description)
  expect(unsaid.map(([path]) => path)).toEqual([])
})

type Schema = {
  description?: string
  required?: string[]
  properties?: Record<string, Schema>
  anyOf?: Schema[]
  items?: Schema
}

function membersOf(schema: Schema, place: string): Record<string, Schema> {
  const inner = [schema, ...(schema.anyOf ?? []), schema.items].flatMap((held) =>
    Object.entries(held?.properties ?? {}),
  )
  return Object.assign(
    {},
    ...inner.map(([key, member]) => {
      const path = place === '' ? key : `${place}.${key}`
      return { [path]: member, ...membersOf(member, path) }
    }),
  )
}

function read(file: unknown) {
  const outcome = readDialect(file)
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems))
  return outcome.dialect
}

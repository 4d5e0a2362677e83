import { describe, expect, test } from 'vitest'
import { dialects } from '../src/registry/dialects.ts'
import { readRegistry } from '../src/registry/read-registry.ts'
import { singleUpstream } from '../src/registry/single-upstream.ts'
import { askedFrom, routesOf } from '../src/routes.ts'
import { aDialect } from './upstream.ts'

const registry = registryOf(`
upstreams:
  - name: mapped
    dialect: azure
    baseUrl: https://mapped.example/v1
    models: { sora-2: my-deployment, sora-2-pro: my-big-one }
    credentials:
      - { name: a, key: sk-1 }
      - { name: b, key: sk-2, state: draining }
      - { name: c, key: sk-3 }
  - name: open
    dialect: openai
    baseUrl: https://open.example/v1
    credentials: [{ name: a, key: sk-1 }]
  - name: drained
    dialect: openai
    baseUrl: https://drained.example/v1
    models: [sora-2]
    credentials: [{ name: a, key: sk-1, state: draining }]
  - name: modelless
    dialect: trtllm
    baseUrl: https://modelless.example/v1
    credentials: [{ name: a }]
`)

describe('a first video', () => {
  const png = { type: 'image/png', bytes: 1000 }
  const webp = { type: 'image/webp', bytes: 1000 }

  test.each([
    ['that names nothing', {}, ['mapped/a', 'mapped/c', 'open/a', 'modelless/a']],
    ['with a model of all that take one', { model: 'sora-2' }, ['mapped/a', 'mapped/c', 'open/a']],
    ['with a model that no map has', { model: 'kite-1' }, ['open/a']],
    ['with their name of a model', { model: 'my-deployment' }, ['open/a']],
    ['at one upstream', { upstream: 'mapped' }, ['mapped/a', 'mapped/c']],
    ['at one that takes no names of models', { upstream: 'modelless', model: 'sora-2' }, []],
    ['at one that doesn’t serve the model', { upstream: 'mapped', model: 'kite-1' }, []],
    ['with a picture that all take', { picture: png }, ['mapped/a', 'mapped/c', 'open/a', 'modelless/a']],
    ['with a picture that some take', { picture: webp }, ['mapped/a', 'mapped/c', 'open/a']],
    ['with a picture that one doesn’t take', { picture: webp, upstream: 'modelless' }, []],
    ['at one that drains', { upstream: 'drained' }, []],
    ['at an unknown one', { upstream: 'mapped/a' }, []],
  ])('%s', (_, wanted, ids) => {
    expect(routesOf(registry, wanted).credentials.map(({ id }) => id)).toEqual(ids)
  })

  test.each([
    [{ upstream: 'mapped', model: 'kite-1' }, 'model', 'must be one of sora-2, sora-2-pro'],
    [{ upstream: 'drained' }, 'upstream', 'takes no first videos: its credentials are draining'],
    [{ upstream: 'modelless', model: 'sora-2' }, 'model', 'upstream has one model and takes no name of it'],
    [{ upstream: 'modelless', seconds: '90' }, 'seconds', expect.stringContaining('60')],
    [
      { upstream: 'modelless', picture: webp },
      'input_reference',
      'must be image/png or image/jpeg for this upstream',
    ],
  ])('%j is refused with what would be right', (wanted, field, message) => {
    expect(routesOf(registry, wanted).problem).toEqual({ field, message })
  })
})

describe('a video from a clip of ours', () => {
  const clip = { type: 'video/mp4', bytes: 1000 }
  const png = { type: 'image/png', bytes: 1000 }
  const mixed = registryOf(`
upstreams:
  - name: whole
    dialect: sglang
    baseUrl: https://whole.example/v1
    models: [wan-2, wan-1]
    credentials: [{ name: a, key: sk-1 }]
  - name: local
    dialect: trtllm
    baseUrl: https://local.example/v1
    credentials: [{ name: a }]
  - name: remote
    dialect: xai
    baseUrl: https://remote.example/v1
    credentials: [{ name: a, key: sk-1 }]
  - name: simple
    dialect: new-api
    baseUrl: https://simple.example/v1
    credentials: [{ name: a, key: sk-1 }]
`)

  test.each([
    ['that names nothing', {}, ['whole/a', 'local/a']],
    [
      'of a size and length that one has no words for',
      { seconds: '90', size: '8x8' },
      ['whole/a', 'local/a'],
    ],
    ['with a model', { model: 'wan-1' }, ['whole/a']],
    ['with a model that nobody has', { model: 'kite-1' }, []],
    ['with a picture, which none takes beside it', { picture: png }, []],
    ['at one that takes none', { upstream: 'remote' }, []],
  ])('%s', (_, wanted, ids) => {
    expect(routesOf(mixed, { clip, ...wanted }).credentials.map(({ id }) => id)).toEqual(ids)
  })

  test('where none takes one, what each does take is told', () => {
    const problem = (upstreams: string[]) =>
      routesOf(
        { ...mixed, upstreams: mixed.upstreams.filter(({ name }) => upstreams.includes(name)) },
        { clip },
      ).problem
    const none = 'no upstream makes a video from a clip of ours: '
    expect(problem(['remote', 'simple'])).toEqual({
      field: 'source',
      message: `${none}remote makes one by an address of its clip only, simple makes one by its id only`,
    })
    const firsts = { ...mixed.upstreams[3], dialect: aDialect({ derive: [] }) } as (typeof mixed.upstreams)[0]
    expect(routesOf({ ...mixed, upstreams: [firsts] }, { clip }).problem).toEqual({
      field: 'source',
      message: `${none}simple makes first videos only`,
    })
  })

  test.each([
    ['edit', ['open/a', 'lite/a'], 'an edit', 'local makes no edits'],
    ['extension', ['open/a'], 'an extension', 'local makes no extensions'],
  ] as const)('as an %s', (kind, ids, what, why) => {
    const one = (name: string, dialect: string) => `
  - name: ${name}
    dialect: ${dialect}
    baseUrl: https://${name}.example/v1
    credentials: [{ name: a, key: sk-1 }]`
    const editors = registryOf(`upstreams:${one('open', 'openai')}${one('lite', 'litellm')}
${one('far', 'xai')}`)
    const asked = { kind, clip, seconds: '8' }
    expect(routesOf(editors, asked).credentials.map(({ id }) => id)).toEqual(ids)
    const others = mixed.upstreams.filter(({ name }) => ['local', 'remote'].includes(name))
    expect(routesOf({ ...mixed, upstreams: others }, asked).problem).toEqual({
      field: 'source',
      message: `no upstream makes ${what} from a clip of ours: ${why}, remote makes one by an address of its clip only`,
    })
  })

  test('is asked for as long and large as the clip, where there are words for it', () => {
    const [whole, local] = mixed.upstreams
    if (!whole || !local) throw new Error('no upstreams')
    const asked = { size: '640x360', seconds: '90' }
    expect(askedFrom({ clip }, asked, whole)).toEqual({ model: 'wan-2', size: '640x360', seconds: '90' })
    expect(askedFrom({ clip }, asked, local)).toEqual({ model: null, size: '640x360', seconds: null })
    expect(askedFrom({ clip, id: 'up_1' as never }, { ...asked, model: 'wan-1' }, whole).model).toBe('wan-1')
    const [remixes] = registryOf(`
upstreams:
  - name: open
    dialect: openai
    baseUrl: https://open.example/v1
    credentials: [{ name: a, key: sk-1 }]
`).upstreams
    if (!remixes) throw new Error('no upstream')
    expect(askedFrom({ id: 'up_1' as never }, asked, remixes)).toEqual({
      model: null,
      size: null,
      seconds: null,
    })
  })
})

test('upstreams and credentials are found by their names', () => {
  expect(registry.upstream('open')?.baseUrl).toBe('https://open.example/v1')
  expect(registry.upstream('toString')).toBeUndefined()
  expect(registry.credential('mapped/b')).toMatchObject({ id: 'mapped/b', state: 'draining' })
  expect(registry.upstreamOf('mapped/b')?.name).toBe('mapped')
  expect(registry.credentials).toHaveLength(6)
  for (const id of ['mapped', 'mapped/d', 'gone/a', '']) {
    expect(registry.credential(id)).toBeUndefined()
    expect(registry.upstreamOf(id)).toBeUndefined()
  }
})

test('a single upstream is called default', () => {
  const single = singleUpstream({
    baseUrl: 'https://one.example/v1',
    apiKey: 'sk-1',
    dialect: aDialect(),
    dialectName: 'openai',
    maxInFlight: 3,
  })
  expect(routesOf(single, { model: 'any' }).credentials).toMatchObject([
    { id: 'default/default', name: 'default', weight: 1, maxInFlight: 3, submitsPerMinute: undefined },
  ])
  expect(single.credential('default/default')?.key?.reveal()).toBe('sk-1')
  expect(single.upstreams).toMatchObject([
    { name: 'default', baseUrl: 'https://one.example/v1', dialectName: 'openai', models: undefined },
  ])
})

function registryOf(text: string) {
  const read = readRegistry({ path: 'upstreams.yaml', text, environment: {}, dialects, readFile: () => '' })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.registry
}

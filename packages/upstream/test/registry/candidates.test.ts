import { describe, expect, test } from 'vitest'
import { candidatesFor, modelFor, servesModel } from '../../src/registry/candidates.ts'
import { singleUpstream } from '../../src/registry/single-upstream.ts'
import { registryOf } from './read.ts'

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
`)

describe('a first video', () => {
  test.each([
    ['that names nothing', {}, ['mapped/a', 'mapped/c', 'open/a']],
    ['with a model of all', { model: 'sora-2' }, ['mapped/a', 'mapped/c', 'open/a']],
    ['with a model that no map has', { model: 'kite-1' }, ['open/a']],
    ['with their name of a model', { model: 'my-deployment' }, ['open/a']],
    ['at one upstream', { upstream: 'mapped' }, ['mapped/a', 'mapped/c']],
    ['at one that doesn’t serve the model', { upstream: 'mapped', model: 'kite-1' }, []],
    ['at one that drains', { upstream: 'drained' }, []],
    ['at an unknown one', { upstream: 'mapped/a' }, []],
  ])('%s', (_, wanted, ids) => {
    expect(candidatesFor(registry, wanted).map(({ id }) => id)).toEqual(ids)
  })
})

test('upstreams and credentials are found by their names', () => {
  expect(registry.upstream('open')?.baseUrl).toBe('https://open.example/v1')
  expect(registry.upstream('toString')).toBeUndefined()
  expect(registry.credential('mapped/b')).toMatchObject({ id: 'mapped/b', state: 'draining' })
  expect(registry.upstreamOf('mapped/b')?.name).toBe('mapped')
  for (const id of ['mapped', 'mapped/d', 'gone/a', '']) {
    expect(registry.credential(id)).toBeUndefined()
    expect(registry.upstreamOf(id)).toBeUndefined()
  }
})

test('an upstream’s own name of a model is sent, and its first where none is asked for', () => {
  const [mapped, open] = registry.upstreams
  if (!mapped || !open) throw new Error('not both are there')
  expect(modelFor(mapped, 'sora-2-pro')).toBe('my-big-one')
  expect(modelFor(mapped, undefined)).toBe('my-deployment')
  expect(modelFor(open, 'kite-1')).toBe('kite-1')
  expect(modelFor(open, undefined)).toBeUndefined()
})

test('no other model takes the place of one that is not served', () => {
  const [mapped] = registry.upstreams
  if (!mapped) throw new Error('it is not there')
  expect(servesModel(mapped, 'kite-1')).toBe(false)
  expect(() => modelFor(mapped, 'kite-1')).toThrow('upstream mapped doesn’t serve this model')
})

test('a single upstream is called default', () => {
  const single = singleUpstream({
    baseUrl: 'https://one.example/v1',
    apiKey: 'sk-1',
    dialect: { auth: 'bearer' },
    dialectName: 'openai',
    maxInFlight: 3,
  })
  expect(candidatesFor(single, { model: 'any' })).toMatchObject([
    { id: 'default/default', name: 'default', weight: 1, maxInFlight: 3, submitsPerMinute: undefined },
  ])
  expect(single.credential('default/default')?.key?.reveal()).toBe('sk-1')
  expect(single.upstreams).toMatchObject([
    { name: 'default', baseUrl: 'https://one.example/v1', dialectName: 'openai', models: undefined },
  ])
})

import { readDialect } from '@reelay/upstream/dialect/read-dialect'
import { createRegistry } from '@reelay/upstream/registry/registry'
import { expect, test } from 'vitest'
import { areAll } from '../src/routing.ts'

const [a, b, c] = ['east/a', 'east/b', 'east/c'].map((id) => ({ id: id as never })) as [Id, Id, Id]
type Id = { id: never }

test('who waits for all active credentials waits for all that first videos are made with', () => {
  const upstreams = { registry: registryOf({ a: 'active', b: 'active', c: 'draining' }) }
  expect(areAll([a, b], upstreams)).toBe(true)
  expect(areAll([a, b, c], upstreams)).toBe(true)
  expect(areAll([a], upstreams)).toBe(false)
  expect(areAll([c], upstreams)).toBe(false)
})

test('where all drain nobody holds up another’s', () => {
  const upstreams = { registry: registryOf({ a: 'draining', b: 'draining' }) }
  expect(areAll([a], upstreams)).toBe(false)
})

function registryOf(states: Record<string, 'active' | 'draining'>) {
  const credentials = Object.entries(states).map(([name, state]) => ({ name, key: 'sk-test', state }))
  const read = readDialect({ name: 'test' })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  const [dialectName, baseUrl] = ['test', 'https://east.example/v1'] as const
  return createRegistry([{ name: 'east', dialect: read.dialect, dialectName, baseUrl, credentials }])
}

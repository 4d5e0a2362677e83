import { keyInTheClear, sendsKeyInTheClear } from '@reelay/contracts/environment'
import { placeOf } from './problem.ts'
import type { Path } from './yaml-path.ts'

type Broken = { path: Path; message: string }

export type Entry = Readonly<Record<string, unknown>>

/** The items of a list of a file that may be wrong in any way; what is no object counts as an empty one. */
export function entriesOf(data: unknown, key: string): Entry[] {
  const list = entryOf(data)[key]
  return Array.isArray(list) ? list.map(entryOf) : []
}

/** What no single field shows. The fields may be wrong themselves: all problems are listed at once. */
export function brokenRules(data: unknown, NODE_ENV: string): Broken[] {
  const upstreams = entriesOf(data, 'upstreams')
  return [
    ...repeated(upstreams, ['upstreams'], 'name'),
    ...upstreams.flatMap((upstream, index) => {
      const path = ['upstreams', index, 'credentials']
      const credentials = entriesOf(upstream, 'credentials')
      return [...repeated(credentials, path, 'name'), ...repeated(credentials, path, 'key')]
    }),
    ...upstreams.flatMap(({ baseUrl }, index) =>
      typeof baseUrl === 'string' && sendsKeyInTheClear({ NODE_ENV, SORA_BASE_URL: baseUrl })
        ? [{ path: ['upstreams', index, 'baseUrl'], message: keyInTheClear.message }]
        : [],
    ),
  ]
}

function repeated(entries: Entry[], path: Path, field: string): Broken[] {
  return entries.flatMap((entry, index) => {
    const first = entries.findIndex((other) => other[field] === entry[field])
    if (typeof entry[field] !== 'string' || first === index) return []
    return [
      { path: [...path, index, field], message: `must differ from ${placeOf([...path, first, field])}` },
    ]
  })
}

function entryOf(value: unknown): Entry {
  return isObject(value) ? value : {}
}

export function isObject(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

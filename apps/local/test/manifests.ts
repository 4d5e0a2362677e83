import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const root = join(import.meta.dirname, '../../..')

export const manifestFiles = [
  'apps/api/deploy/kubernetes.yaml',
  'apps/api/deploy/media.yaml',
  'apps/api/deploy/migrate.yaml',
  'apps/worker/deploy/kubernetes.yaml',
]

/** A Kubernetes object as far as these tests look into one. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string }
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what the schemas check
  spec: any
}

export function manifestsOf(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(root, file), 'utf8')).map((document) => document.toJS())
}

/** An object whose fields remember whether anybody read them, and the paths of those that nobody did. */
export function watched<T extends object>(object: T): { object: T; unread: () => string[] } {
  const read = new Set<string>()
  const all: string[] = []
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const inner = Object.fromEntries(
      Object.entries(value).map(([name, child]) => {
        if (!Array.isArray(value)) all.push(`${path}.${name}`)
        return [name, wrap(child, `${path}.${name}`)]
      }),
    )
    const target = Array.isArray(value) ? Object.values(inner) : inner
    return new Proxy(target, {
      get(object, name) {
        if (typeof name === 'string') read.add(`${path}.${name}`)
        return Reflect.get(object, name)
      },
    })
  }
  return { object: wrap(object, '') as T, unread: () => all.filter((path) => !read.has(path)) }
}

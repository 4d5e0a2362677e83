export type Fields = Record<string, unknown>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function at(value: unknown, path: string): unknown {
  if (!path.includes('.')) return isFields(value) ? value[path] : undefined
  return path.split('.').reduce<unknown>((inner, name) => (isFields(inner) ? inner[name] : undefined), value)
}

export function firstOf<T>(from: Fields, paths: readonly string[], read: (value: unknown) => T | undefined) {
  for (const path of paths) {
    const member = at(from, path)
    const value = member === undefined ? undefined : read(member)
    if (value !== undefined) return value
  }
  return undefined
}

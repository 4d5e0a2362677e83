/** The members of an object that came from upstream. */
export type Fields = Record<string, unknown>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a dotted path, if there is one. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (isFields(inner) ? inner[name] : undefined), value)
}

/** The first member among these that `read` can make something of. */
export function firstOf<T>(from: Fields, paths: readonly string[], read: (value: unknown) => T | undefined) {
  for (const path of paths) {
    const value = read(at(from, path))
    if (value !== undefined) return value
  }
  return undefined
}

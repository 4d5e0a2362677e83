export type Fields = Record<string, unknown>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function at(value: unknown, path: string): unknown {
  if (!path.includes('.')) return isFields(value) ? value[path] : undefined
  return path.split('.').reduce<unknown>((inner, name) => (isFields(inner) ? inner[name] : undefined), value)
}
